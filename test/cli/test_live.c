/* timbrel live: files as JACK would play them; and JACK's own server, where it
   is installed, without a sound card. */
#include "program.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <time.h>

#define MODEL MODELS "/told.ts"

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

/* Plays, is told something, and is there again when the server is. */
static void test_jack(void)
{
    static const char lost[] = "/load\0\0\0,s\0\0lost.ts\0";
    char number[16];
    const char *arguments[] = {program, "live",   "own",   "--osc",
                               number,  "--name", "bells", NULL};
    snprintf(number, sizeof number, "%d", port());
    if (system("command -v jackd > /dev/null")) {
        fputs("# jackd is not installed: JACK was not tried\n", stderr);
        return;
    }
    snprintf(server_name, sizeof server_name, "timbrel%d", (int)getpid());
    setenv("JACK_DEFAULT_SERVER", server_name, 1);
    RUN(1, "live own");
    SAID("There is no JACK server");
    pid_t server = start_server();
    beside b = {0};
    int begun = 0;
    for (int i = 0; i < 20 && !begun; i++) {
        wait_ms(250);
        b = start(arguments);
        begun = await(&b, "generate: 0 in, 1 out", 1);
        if (!begun)
            end(&b, 0);
    }
    OK_NAMED(begun, "it plays");
    if (begun) {
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

int main(int argc, char **argv)
{
    enter(argc, argv);
    make_sounds(2);
    test_files();
    test_wrong();
    test_jack();
    return tap_done();
}
