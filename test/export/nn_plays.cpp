// Plays exported files with the backend of nn~ itself, as its objects do:
// sample by sample in and out, several voices at once, in blocks of different
// sizes.
//
//   nn_plays JOBS
//
// Jobs are those of torch_plays.py. Prints how far what it says is from what
// our interpreter said, relative to the level. It is compiled beside nn~'s
// sources.
#include "backend/backend.h"

#include <cmath>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <sstream>

using numbers = std::vector<float>;

static numbers read(const std::string &path)
{
    std::ifstream file(path, std::ios::binary);
    std::string bytes((std::istreambuf_iterator<char>(file)),
                      std::istreambuf_iterator<char>());
    const float *x = reinterpret_cast<const float *>(bytes.data());
    return numbers(x, x + bytes.size() / sizeof *x);
}

static bool complain(const std::string &what)
{
    std::cout << what << "\n";
    return false;
}

// An attribute is set, read back, and beyond its setter an error.
static bool set(Backend &nn, const std::string &name, const std::string &value)
{
    Backend::BufferMap none;
    if (!nn.has_settable_attribute(name))
        return complain("no attribute " + name);
    nn.set_attribute(name, {value}, none);
    std::string read = nn.get_attribute_as_string(name);
    return std::fabs(std::stod(read) - std::stod(value)) < 1e-6 ||
           complain(name + " is " + read);
}

// Whatever can be turned can be read, and so can what the model is.
static bool look(Backend &nn)
{
    for (const std::string &name : nn.get_settable_attributes())
        if (name != "prompt" && nn.get_attribute_as_string(name).empty())
            return complain(name + " cannot be read");
    return nn.get_attribute_as_string("about").find("Timbrel") !=
               std::string::npos ||
           complain("about does not tell");
}

static bool has_labels(Backend &nn, const std::string &name, int count)
{
    auto labels = nn.get_model().attr(name).toList();
    return int(labels.size()) == count || complain("labels of " + name);
}

struct playing {
    Backend &nn;
    std::string method;
    int rows;
    std::vector<int> params; // channels and samples for a number, in and out
    numbers in, out;         // [rows, channels, numbers]
    size_t samples;
};

// A block of so many samples: numbers in are held, of those out the last
// counts.
static void play_block(playing &p, numbers &said, size_t at, size_t block)
{
    int ins = p.params[0], outs = p.params[2];
    size_t per_in = p.params[1], per_out = p.params[3];
    size_t n = p.samples / per_in, k = p.samples / per_out;
    std::vector<numbers> x, y;
    std::vector<float *> from, to;
    for (int ch = 0; ch < ins; ch++)
        for (int row = 0; row < p.rows; row++) {
            numbers line(block);
            for (size_t i = 0; i < block; i++)
                line[i] = p.in[(row * ins + ch) * n + (at + i) / per_in];
            x.push_back(line);
        }
    for (int i = 0; i < outs * p.rows; i++)
        y.push_back(numbers(block));
    for (numbers &line : x)
        from.push_back(line.data());
    for (numbers &line : y)
        to.push_back(line.data());
    p.nn.perform(from, to, p.method, p.rows, outs, int(block));
    for (int row = 0; row < p.rows; row++)
        for (int ch = 0; ch < outs; ch++)
            for (size_t j = 0; j < block / per_out; j++)
                said[(row * outs + ch) * k + at / per_out + j] =
                    y[row * outs + ch][j * per_out + per_out - 1];
}

static bool job(const std::string &line)
{
    std::istringstream words(line);
    std::string path, method, in, out, name, value;
    int unit, rows;
    words >> path >> method >> unit >> rows >> in >> out;
    Backend nn;
    if (nn.load(path, 44100) != 0 || !nn.is_loaded())
        return complain(path + " does not load");
    bool good = look(nn);
    while (words >> name >> value)
        good = set(nn, name, value) && good;
    playing p{nn,       method,    rows, nn.get_method_params(method),
              read(in), read(out), 0};
    if (p.params.size() != 4)
        return complain("no method " + method);
    good = has_labels(nn, method + "_input_labels", p.params[0]) && good;
    good = has_labels(nn, method + "_output_labels", p.params[2]) && good;
    p.samples = p.in.size() / rows / p.params[0] * p.params[1];
    numbers said(p.out.size());
    const size_t blocks[] = {1, 3, 2};
    for (size_t at = 0, k = 0; at < p.samples; k++) {
        size_t block = std::min(blocks[k % 3] * unit, p.samples - at);
        play_block(p, said, at, block);
        at += block;
    }
    double apart = 0, level = 0;
    for (size_t i = 0; i < said.size(); i++) {
        apart += std::pow(double(said[i]) - p.out[i], 2);
        level += std::pow(double(p.out[i]), 2);
    }
    apart = std::sqrt(apart / level);
    std::printf("nn~ %s %s: %.1e of the level apart\n", path.c_str(),
                method.c_str(), apart);
    /* Rounding grows in phases that are found frame by frame. */
    return good && apart < (p.method == "improvise" ? 1e-3 : 2e-5);
}

int main(int argc, char **argv)
{
    at::set_num_threads(1);
    torch::jit::getProfilingMode() = false;
    std::ifstream jobs(argc > 1 ? argv[1] : "jobs");
    std::string line;
    bool good = true, any = false;
    while (std::getline(jobs, line)) {
        try {
            good = job(line) && good;
        } catch (const std::string &what) {
            good = complain(what);
        } catch (const std::exception &what) {
            good = complain(what.what());
        }
        any = true;
    }
    return good && any ? 0 : 1;
}
