/* timbrel live: files as JACK would play them; and JACK's own server, where it
   is installed, without a sound card. */
#include "program.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <time.h>

#define MODEL MODELS "/told.ts"
#define STREAM MODELS "/stream.ts"

/* The samples of two files, the second from `late` frames on. */
static int later(const char *a, const char *b, size_t late)
{
    size_t n, m;
    char *x = bytes_of(a, &n), *y = bytes_of(b, &m);
    const char *p = samples_of(x, n, &n), *q = samples_of(y, m, &m);
    int same = p && q && m == n + late * sizeof(float) &&
               memcmp(p, q + late * sizeof(float), n) == 0;
    free(x);
    free(y);
    return same;
}

/* In blocks of any size the same comes out, later by what was told. */
static void test_files(void)
{
    RUN(0, "train samplernn sounds --run own --epochs 1 --threads 1 " TINY);
    RUN(0, "live own --method forward --in sounds/a.wav --out a.wav --block 1");
    SAID("1 in, 1 out, burst, 0 frames (0.0 ms) late");
    SAID("a.wav: 1.20 s at 2 kHz.");
    RUN(0, "live own --method forward --in sounds/a.wav --out b.wav --block 64 "
           "--mode threaded --buffer 128");
    SAID("threaded, 192 frames (96.0 ms) late");
    OK_NAMED(later("a.wav", "b.wav", 192), "threaded, the same sound");
    RUN(0, "live own --method forward --in sounds/a.wav --out b.wav --block 64 "
           "--mode sliced --buffer 128 --force");
    SAID("sliced, 192 frames (96.0 ms) late");
    OK_NAMED(later("a.wav", "b.wav", 192), "sliced, the same sound");
    RUN(0, "live " MODEL " --in sounds/a.wav --out c.wav --mode burst");
    RUN(0, "live own --out d.wav --seconds 0.5 --seed 3 --rate 2000 "
           "--set temperature=0.5 --mode burst");
    RUN(0, "live own --out e.wav --seconds 0.5 --seed 3 --rate 2000 "
           "--set temperature=0.5 --block 16 --mode burst");
    OK_NAMED(same_sound("d.wav", "e.wav"), "blocks do not matter");
    RUN(0, "live own --out f.wav --seconds 0.5 --seed 3 --rate 8000");
}

static void test_wrong(void)
{
    RUN(1, "live there-is-none.ts --out x.wav");
    SAID("there-is-none.ts");
    RUN(1, "live own --method dance --out x.wav");
    SAID("no method 'dance'; it has: generate");
    RUN(2, "live own --in sounds/a.wav");
    SAID("--in wants --out");
    RUN(2, "live own --mode soon --out x.wav");
    SAID("auto, burst, sliced or threaded");
    RUN(1, "live own --in none.wav --out x.wav");
    RUN(2, "live own --out x.wav --cc 200=temperature");
    SAID("controller from 0 to 127");
    RUN(2, "live own --out x.wav --cc 1=temperature:0.5");
    RUN(2, "live own --out x.wav --cc 1=temperature:0.5..");
    RUN(2, "live own --out x.wav --cc 1=temperature:..2");
    RUN(0, "live own --out y.wav --seconds 0.1 --cc 1=temperature:0.5..1.5 "
           "--cc 2=temperature:-1..0");
    RUN(1, "live own --method forward --in sounds/a.wav --out a.wav");
    SAID("--force");
    OK(!there("x.wav"));
}

/* ---- JACK ---- */

static void wait_ms(int ms)
{
    const struct timespec t = {ms / 1000, ms % 1000 * 1000000L};
    nanosleep(&t, NULL);
}

static char server_name[32];

static pid_t start_server(void)
{
    pid_t pid = fork();
    if (pid == 0) {
        int nowhere = open("/dev/null", O_WRONLY);
        dup2(nowhere, 1);
        dup2(nowhere, 2);
        execlp("jackd", "jackd", "--no-realtime", "-n", server_name, "-d",
               "dummy", "-r", "48000", "-p", "1024", (char *)NULL);
        _exit(127);
    }
    return pid;
}

/* Politely at first: a server that is just beginning hears nothing. */
static void stop_server(pid_t pid)
{
    int status;
    kill(pid, SIGTERM);
    for (int i = 0; i < 30 && waitpid(pid, &status, WNOHANG) == 0; i++)
        wait_ms(100);
    kill(pid, SIGKILL);
    waitpid(pid, &status, 0);
}

/* Another one for each test that runs at the same time. */
static int port(void)
{
    return 20000 + (int)getpid() % 20000;
}

static void send_message(const char *packet, size_t bytes)
{
    int s = socket(AF_INET, SOCK_DGRAM, 0);
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)port()),
                             .sin_addr.s_addr = htonl(0x7f000001)};
    sendto(s, packet, bytes, 0, (struct sockaddr *)&to, sizeof to);
    close(s);
}

static bool has_jack(void)
{
    if (!system("command -v jackd > /dev/null"))
        return true;
    fputs("# jackd is not installed: JACK was not tried\n", stderr);
    return false;
}

/* Beside a server that is just beginning. */
static bool begin(beside *b, const char *const *arguments, const char *says)
{
    bool begun = false;
    for (int i = 0; i < 20 && !begun; i++) {
        wait_ms(250);
        *b = start(arguments);
        begun = await(b, says, 1);
        if (!begun)
            end(b, 0);
    }
    OK_NAMED(begun, "it plays");
    return begun;
}

/* Plays, is told something, and is there again when the server is. */
static void test_server(const char *number)
{
    static const char lost[] = "/load\0\0\0,s\0\0lost.ts\0";
    const char *arguments[] = {program, "live",   "own",   "--osc",
                               number,  "--name", "bells", NULL};
    beside b = {0};
    RUN(1, "live own");
    SAID("There is no JACK server");
    pid_t server = start_server();
    if (begin(&b, arguments, "generate: 0 in, 1 out")) {
        wait_ms(300);
        send_message(lost, sizeof lost - 1);
        OK_NAMED(await(&b, "lost.ts", 1), "it takes messages");
        stop_server(server);
        OK_NAMED(await(&b, "waiting for it", 1), "it waits for the server");
        server = start_server();
        OK_NAMED(await(&b, "generate: 0 in, 1 out", 1), "and is there again");
        EQ(end(&b, SIGINT), 0);
    }
    stop_server(server);
}

/* Whether a tone comes back with a loudness of about so much, after a
   controller (-1: without one). */
static void heard(double loudness, int controller, int value)
{
    char line[512], name[80];
    snprintf(name, sizeof name, "heard %g", loudness);
    int n = snprintf(line, sizeof line, "'%s' bells %g %g", EAR,
                     0.97 * loudness - 1e-6, 1.03 * loudness + 1e-6);
    if (controller >= 0)
        snprintf(line + n, sizeof line - (size_t)n, " %d %d", controller,
                 value);
    OK_NAMED(system(line) == 0, name);
}

/* Two texts and a number as OSC has them; null: there is none. */
static void say(const char *address, const char *first, const char *second,
                const float *number)
{
    char packet[256] = {0}, tags[8] = ",";
    size_t at = strlen(address) / 4 * 4 + 4, tag = 1;
    memcpy(packet, address, strlen(address));
    if (first)
        tags[tag++] = 's';
    if (second)
        tags[tag++] = 's';
    if (number)
        tags[tag++] = 'f';
    memcpy(packet + at, tags, tag);
    at += tag / 4 * 4 + 4;
    for (const char *text = first; text; text = text == first ? second : NULL) {
        memcpy(packet + at, text, strlen(text));
        at += strlen(text) / 4 * 4 + 4;
    }
    if (number) {
        uint32_t bits;
        memcpy(&bits, number, sizeof bits);
        bits = htonl(bits);
        memcpy(packet + at, &bits, sizeof bits);
        at += sizeof bits;
    }
    send_message(packet, at);
}

/* MIDI controllers, messages and presets, by what is heard of them: the model
   makes a tone of this loudness times its gain. */
static void test_hands(const char *number)
{
    const double whole = 0.0585595;
    const float one = 1, half = 0.5F, two = 2, none = 0;
    const char *arguments[] = {
        program, "live",         STREAM,  "--method", "forward",
        "--cc",  "2=gain:0..2",  "--osc", number,     "--name",
        "bells", "--no-connect", NULL};
    beside b = {0};
    pid_t server = start_server();
    if (begin(&b, arguments, "forward: 1 in, 1 out")) {
        heard(whole, -1, 0);
        heard(2 * whole, 2, 127);
        heard(0, 2, 0);
        heard(2 * 64.0 / 127 * whole, 2, 64);
        heard(2 * 64.0 / 127 * whole, 3, 127);
        say("/set", "gain", NULL, &half);
        heard(whole / 2, -1, 0);
        say("/store", "calm", NULL, NULL);
        say("/gain", NULL, NULL, &two);
        heard(2 * whole, -1, 0);
        say("/store", "wild", NULL, NULL);
        say("/recall", "calm", NULL, NULL);
        heard(whole / 2, -1, 0);
        say("/morph", "calm", "wild", &half);
        heard(1.25 * whole, -1, 0);
        say("/enable", NULL, NULL, &none);
        heard(0, -1, 0);
        say("/enable", NULL, NULL, &one);
        heard(1.25 * whole, -1, 0);
        say("/reload", NULL, NULL, NULL);
        heard(1.25 * whole, -1, 0);
        say("/recall", "stormy", NULL, NULL);
        OK_NAMED(await(&b, "No preset 'stormy'", 1), "what was not stored");
        EQ(end(&b, SIGINT), 0);
    }
    stop_server(server);
}

static void test_jack(void)
{
    char number[16];
    snprintf(number, sizeof number, "%d", port());
    snprintf(server_name, sizeof server_name, "timbrel%d", (int)getpid());
    setenv("JACK_DEFAULT_SERVER", server_name, 1);
    if (!has_jack())
        return;
    test_server(number);
    if (access(EAR, X_OK))
        fputs("# JACK's headers are not installed: hands were not tried\n",
              stderr);
    else
        test_hands(number);
}

int main(int argc, char **argv)
{
    enter(argc, argv);
    make_sounds(2);
    test_files();
    test_wrong();
    test_jack();
    return tap_done();
}
