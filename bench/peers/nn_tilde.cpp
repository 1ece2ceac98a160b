// Models in nn~: the longest call.
//
//   nn_tilde NAME=MODEL.ts...
//
// What bench_live.c measures, of the backend of nn~, beside whose sources this
// is compiled: as its object in Pd does without a thread, which is our burst. A
// buffer gathers blocks, and the call that fills it plays the model. In thread
// mode nn~ plays beside the host: no call is long then, whatever the model
// needs.
#include "backend/backend.h"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <iostream>

static const int ROUND = 32768, ROUNDS = 5;

static double thread_seconds()
{
    timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return double(now.tv_sec) + 1e-9 * double(now.tv_nsec);
}

struct player {
    Backend nn;
    std::string method;
    std::vector<std::vector<float>> in, out;
    std::vector<float *> from, to;
    int buffer, held = 0;

    player(const std::string &path, int block)
    {
        nn.load(path, 44100);
        method = nn.has_method("forward") ? "forward"
                                          : nn.get_available_methods().front();
        std::vector<int> params = nn.get_method_params(method);
        buffer = std::max(block, nn.get_higher_ratio());
        unsigned seed = 1;
        for (int i = 0; i < params[0]; i++) {
            in.push_back(std::vector<float>(buffer));
            for (float &x : in.back()) {
                seed = seed * 1664525U + 1013904223U;
                x = float(seed >> 8) / float(1U << 24) - 0.5F;
            }
        }
        for (int i = 0; i < params[2]; i++)
            out.push_back(std::vector<float>(buffer));
        for (auto &x : in)
            from.push_back(x.data());
        for (auto &x : out)
            to.push_back(x.data());
    }

    void play(int block)
    {
        held += block;
        if (held < buffer)
            return;
        held = 0;
        nn.perform(from, to, method, 1, int(out.size()), buffer);
    }
};

// The first round only begins; each place of a round counts with its median.
static double longest_call(player &p, int block)
{
    int calls = ROUND / block;
    std::vector<std::vector<double>> took(calls);
    for (int i = -calls; i < calls * ROUNDS; i++) {
        double began = thread_seconds();
        p.play(block);
        if (i >= 0)
            took[i % calls].push_back(thread_seconds() - began);
    }
    double longest = 0;
    for (auto &times : took) {
        std::sort(times.begin(), times.end());
        longest = std::max(longest, times[ROUNDS / 2]);
    }
    return longest;
}

static void measure(const std::string &name, const std::string &path,
                    const char *only)
{
    for (int block = 64; block <= 1024; block *= 4) {
        std::string row = name + " burst " + std::to_string(block);
        if (row.find(only) == std::string::npos)
            continue;
        player p(path, block);
        std::printf("%s\t%.9g\ts\n", row.c_str(), longest_call(p, block));
        std::fflush(stdout);
    }
}

int main(int argc, char **argv)
{
    const char *only = "";
    at::set_num_threads(1);
    at::globalContext().setFlushDenormal(true);
    std::printf("#peer\tnn~, libtorch %s\n", TORCH_VERSION);
    for (int i = 1; i < argc; i++) {
        std::string word = argv[i];
        size_t equals = word.find('=');
        if (word == "--only" && i + 1 < argc)
            only = argv[++i];
        else if (equals != std::string::npos)
            try {
                measure(word.substr(0, equals), word.substr(equals + 1), only);
            } catch (const std::string &what) {
                std::cerr << what << "\n";
            } catch (const std::exception &what) {
                std::cerr << word << ": " << what.what() << "\n";
            }
    }
}
