/* timbrel export: a small RAVE as files that info, transfer and train open. */
#include "program.h"

static void test_export(void)
{
    RUN(0, "train rave sounds --run hum --preset raspberry --epochs 1 "
           "--threads 1 --set sample_rate=4000 --set capacity=2 "
           "--set latents=3 --set ratios=2,2 --set batch=2 --set window=256 "
           "--set piece=0.3 --set scales=64,32 --set example_seconds=2");
    RUN(0, "export hum -o hum.ts --licence 'CC BY 4.0'");
    SAID("hum.ts: plays as the network does.");
    SAID("encode: 1 in, 3 out, a frame of those out for 64 samples");
    SAID("forward: 1 in, 1 out");
    SAID("can be turned: spread, seed");
    RUN(0, "info hum.ts");
    SAID("encode: 1 channel to 3 channels of one number for 64 samples");
    SAID("late, besides what a block waits (the model says so)");
    SAID("licence: CC BY 4.0");
    SAID("spread=0  (number)");
    SAID("network: rave");
    SAID("minutes_of_sound: ");
    SAID("weights: averaged");
    SAID("trained_with: " TIMBREL_VERSION);
    RUN(0, "info hum/checkpoints/epoch-0001.safetensors");
    SAID("Trained for ");
    SAID("its weights are averaged.");
}

/* The same network again, as weights: they make the same sound, and training
   goes on from them. */
static void test_weights(void)
{
    RUN(0, "export hum -o hum.safetensors --licence 'CC BY 4.0'");
    SAID("each read again and the same.");
    RUN(0, "info hum.safetensors");
    SAID("Licence: CC BY 4.0.");
    SAID("Trained for ");
    RUN(0, "transfer hum sounds/a.wav -o a1.wav --as-stored");
    RUN(0, "transfer hum.safetensors sounds/a.wav -o a2.wav --as-stored");
    OK(same_sound("a1.wav", "a2.wav"));
    RUN(0, "train rave sounds --run next --from hum.safetensors --epochs 1 "
           "--threads 1 --set batch=2 --set window=256 --set piece=0.3 "
           "--set example_seconds=2");
    RUN(1, "export hum -o hum.safetensors");
    SAID("is there already");
    RUN(0, "export hum -o hum.safetensors --force --json");
    SAID("\"tensors\":");
}

/* Of the last step alone: the run's average of two epochs sounds otherwise. */
static void test_plain_weights(void)
{
    RUN(0, "export hum -o plain.ts --weights plain");
    RUN(0, "info plain.ts");
    SAID("weights: plain");
    RUN(0, "export hum -o plain.safetensors --weights plain");
    RUN(0, "info plain.safetensors");
    SAID("its weights are plain.");
    RUN(0, "transfer plain.ts sounds/a.wav -o p1.wav --as-stored");
    RUN(0, "transfer hum.ts sounds/a.wav -o p2.wav --as-stored");
    OK(!same_sound("p1.wav", "p2.wav"));
    RUN(0, "export hum -o averaged.ts --weights averaged");
    RUN(0, "transfer averaged.ts sounds/a.wav -o p3.wav --as-stored");
    OK(same_sound("p2.wav", "p3.wav"));
    RUN(2, "export hum@1 -o x.ts --weights plain");
    SAID("name the run");
    RUN(2, "export hum -o x.ts --weights best");
    SAID("averaged or plain");
    RUN(0, "train rave sounds --run still --preset raspberry --epochs 1 "
           "--threads 1 --set sample_rate=4000 --set capacity=2 "
           "--set latents=3 --set ratios=2,2 --set batch=2 --set window=256 "
           "--set piece=0.3 --set scales=64,32 --set example_seconds=2 "
           "--set average=0");
    RUN(0, "export still -o still1.safetensors");
    RUN(0, "export still -o still2.safetensors --weights plain");
    RUN(0, "transfer still1.safetensors sounds/a.wav -o s1.wav --as-stored");
    RUN(0, "transfer still2.safetensors sounds/a.wav -o s2.wav --as-stored");
    OK(same_sound("s1.wav", "s2.wav"));
}

/* Exported at the same rate it says what the run says. */
static void test_transfer(void)
{
    RUN(0, "transfer hum.ts sounds/a.wav -o file.wav --as-stored");
    SAID("of latency cut off");
    RUN(0, "transfer hum.ts sounds/a.wav -o again.wav --as-stored --attribute "
           "spread=0");
    OK(same_sound("file.wav", "again.wav"));
    RUN(0, "transfer hum.ts sounds/a.wav -o wild.wav --as-stored --attribute "
           "spread=2");
    OK(!same_sound("file.wav", "wild.wav"));
    RUN(0, "encode hum.ts sounds/a.wav -o a.npy");
    RUN(0, "decode hum.ts a.npy -o decoded.wav");
    OK(there("decoded.wav"));
}

static void test_choices(void)
{
    RUN(1, "export hum -o hum.ts");
    SAID("is there already");
    RUN(0, "export hum@1 -o hum.ts --force --json");
    SAID("\"latency_samples\":");
    SAID("\"attributes\":[\"spread\",\"seed\"]");
    RUN(0, "export hum/checkpoints/epoch-0001.safetensors -o one.ts");
}

static void test_directions(void)
{
    RUN(0, "export hum -o few.ts --latent-size 2");
    SAID("encode: 1 in, 2 out");
    SAID("decode: 2 in, 1 out");
    RUN(0, "export hum@1 -o part.ts --fidelity 1");
    SAID("encode: 1 in, 3 out");
    RUN(0, "export hum/checkpoints/epoch-0001.safetensors -o p.ts --fidelity "
           "0.0001");
    SAID("encode: 1 in, 1 out");
    OK(rename("hum", "h@m") == 0);
    RUN(0, "export h@m -o at.ts --latent-size 1");
    RUN(0, "export h@m@1 -o at.ts --latent-size 1 --force");
    OK(rename("h@m", "hum") == 0);
    RUN(2, "export hum -o x.ts --latent-size 2 --fidelity 0.9");
    SAID("not both");
    RUN(2, "export hum -o x.ts --latent-size 9");
    SAID("There are 3 latents");
    OK(truncate("hum/latents.safetensors", 100) == 0);
    RUN(1, "export hum -o x.ts --latent-size 2");
    SAID("is damaged");
    OK(remove("hum/latents.safetensors") == 0);
    RUN(1, "export hum -o x.ts --latent-size 2");
    SAID("There is no 'hum/latents.safetensors'");
    OK(!there("x.ts"));
}

static void test_rate(void)
{
    RUN(0, "export hum -o fast.ts --rate 4800");
    SAID("fast.ts: plays as the network does.");
    RUN(0, "info fast.ts");
    SAID("4.8 kHz");
    SAID("host_sample_rate: 4800");
    RUN(0, "transfer fast.ts sounds/a.wav -o fast.wav --as-stored");
    RUN(2, "export hum -o fast.safetensors --rate 4800");
    SAID("--rate is for a .ts");
    RUN(2, "export hum -o x.ts --rate 4801");
    OK(!there("x.ts"));
}

/* On the same day the same run gives the same bytes, in every format. */
static void test_same_bytes(void)
{
    static const char *const endings[] = {"ts", "onnx", "safetensors"};
    setenv("SOURCE_DATE_EPOCH", "86400", 1);
    for (int i = 0; i < 3; i++) {
        char line[128];
        RUN(0, "export hum -o day.%s", endings[i]);
        snprintf(line, sizeof line, "mv day.%s first.day", endings[i]);
        EQ(system(line), 0);
        RUN(0, "export hum -o day.%s", endings[i]);
        snprintf(line, sizeof line, "cmp day.%s first.day", endings[i]);
        EQ(system(line), 0);
    }
    unsetenv("SOURCE_DATE_EPOCH");
    RUN(0, "info day.ts");
    SAID("exported: 1970-01-02");
}

static void test_onnx(void)
{
    RUN(0, "export hum -o hum.onnx");
    SAID("hum.onnx: forward, 1 in, 1 out, of any length that is a multiple of "
         "64 samples.");
    RUN(0, "export hum -o encode.onnx --method encode --json");
    SAID("\"out_ratio\":64");
    RUN(1, "export hum -o hum.onnx");
    SAID("is there already");
    RUN(2, "export hum -o x.onnx --method prior");
    SAID("no method 'prior'");
    RUN(2, "export hum -o x.ts --method encode");
    SAID("--method is for an .onnx");
    OK(!there("x.onnx"));
}

static void test_refusals(void)
{
    RUN(2, "export");
    SAID("Name one run");
    RUN(2, "export hum");
    SAID("Name the file");
    RUN(2, "export hum -o hum.wav");
    SAID("should end with .ts");
    RUN(2, "export hum.ts -o more.ts");
    SAID("exported already");
    RUN(1, "export nowhere -o x.ts");
    RUN(1, "export sounds -o x.ts");
    RUN(1, "export hum -o no/where/x.ts");
    RUN(0, "train samplernn sounds --run own --epochs 1 --threads 1 " TINY);
    RUN(1, "export own -o own.onnx");
    SAID("export it as .ts");
    RUN(0, "blend own own --vote -o both.safetensors");
    RUN(0, "export both.safetensors -o both.ts");
    SAID("weight_1, weight_2");
    OK(!strstr(said, "decode:"));
    RUN(0, "train nearest sounds --run near --threads 1 --set "
           "sample_rate=2000");
    RUN(1, "export near -o x.ts");
    SAID("no network to export");
    OK(!there("x.ts"));
}

int main(int argc, char **argv)
{
    enter(argc, argv);
    make_sounds(2);
    test_export();
    test_transfer();
    test_weights();
    test_plain_weights();
    test_choices();
    test_directions();
    test_rate();
    test_onnx();
    test_same_bytes();
    test_refusals();
    return tap_done();
}
