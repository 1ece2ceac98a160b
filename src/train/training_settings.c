#include "train/training_settings.h"

#include "corpus/cache.h"

#define ROW_INT(f, standard, low, high, unit, help)                            \
    TB_SETTING_INT(tb_training_settings, f, standard, low, high, unit, help)
#define ROW_FLOAT(f, standard, low, high, unit, help)                          \
    TB_SETTING_FLOAT(tb_training_settings, f, standard, low, high, unit, help)
#define ROW_CHOICE(f, standard, choices, help)                                 \
    TB_SETTING_CHOICE(tb_training_settings, f, standard, choices, help)

static const tb_setting rows[] = {
    ROW_INT(epochs, "0", 0, 1000000, NULL,
            "How often the network hears all sounds; 0: as often as it helps."),
    ROW_FLOAT(minutes, "0", 0, 1e6, "min",
              "The time that it is trained for; 0: any."),
    ROW_INT(batch, "8", 1, 4096, NULL, "Tracks that are heard in parallel."),
    ROW_INT(micro_batches, "1", 1, 4096, NULL,
            "Shares that a step is done in, to need less memory."),
    ROW_INT(window, "256", 1, 10000000, "samples",
            "What is learned from in one step, on each track."),
    ROW_FLOAT(piece, "8", 0, 3600, "s",
              "After this time a track goes to another place."),
    ROW_INT(oversampling, "1", 1, 1000, NULL,
            "Times that an epoch goes through everything."),
    /* Silence after short files is learned, too. 60 hearings of 169 loops and
       hits, apart and joined: FreqNet scores 0.36 and 0.30, and foresees
       held-out frames by 0.21 and 0.29 nats better than the last frame
       repeated; of 89 syllables 0.65 and 0.49, by 0.68 and 0.88. The
       Transformer on frames plays silence after syllables that stood apart. */
    TB_SETTING_BOOL(tb_training_settings, join_files, "yes",
                    "Tracks run from one file into the next; no: silence "
                    "follows each."),
    ROW_CHOICE(normalise, "corpus", tb_normalise_names,
               "What is brought to full level: all together, or each file."),
    ROW_CHOICE(dc, "mean", tb_dc_names, "How a constant offset is removed."),
    ROW_FLOAT(held_out, "0.05", 0, 0.05, NULL,
              "Part of the sounds that is only used to test the network."),
    TB_SETTING_TEXT(tb_training_settings, held_out_file, "",
                    "A file to test with, instead."),
    TB_SETTING_TEXT(tb_training_settings, from, "",
                    "A run or a file whose weights the training begins with."),
    TB_SETTING_TEXT(tb_training_settings, only, "",
                    "Labels of the stretches to learn from: a,b; all if not "
                    "given."),
    ROW_FLOAT(learning_rate, "0.003", 1e-9, 10, NULL, "How far one step goes."),
    ROW_CHOICE(optimiser, "adam", tb_optimiser_names, "How steps are made."),
    ROW_FLOAT(beta1, "0.9", 0, 0.99999, NULL,
              "Adam: how long it remembers directions."),
    ROW_FLOAT(beta2, "0.99", 0, 0.999999, NULL,
              "Adam: how long it remembers sizes."),
    ROW_FLOAT(epsilon, "1e-8", 1e-16, 1, NULL, "Adam: added to sizes."),
    ROW_FLOAT(momentum, "0.9", 0, 0.99999, NULL, "For sgd."),
    ROW_FLOAT(weight_decay, "0", 0, 10, NULL, "Draws weights to zero."),
    ROW_FLOAT(clip, "1", 0, 1e9, NULL,
              "The largest norm of the gradients; 0: any."),
    ROW_FLOAT(average, "0.999", 0, 0.999999, NULL,
              "Checkpoints hold averages: what stays at a step; 0: off."),
    ROW_CHOICE(schedule, "plateau", tb_schedule_names,
               "How the learning rate changes until the end."),
    ROW_FLOAT(final_rate, "0.02", 0, 1, NULL,
              "linear, cosine: where it ends, as a part of learning_rate."),
    ROW_FLOAT(rise, "0.3", 0, 1, NULL,
              "one-cycle: the part of the training that it rises for."),
    ROW_FLOAT(div, "25", 1, 1e9, NULL,
              "one-cycle: it starts at learning_rate divided by this."),
    ROW_FLOAT(final_div, "10000", 1, 1e9, NULL,
              "one-cycle: and ends at its start divided by this."),
    ROW_FLOAT(gain, "0", 0, 60, "dB", "Pieces are louder or softer by up to."),
    ROW_FLOAT(softer, "0", 0, 96, "dB", "Pieces are softer by up to."),
    ROW_FLOAT(transpose, "0", 0, 24, "semitones",
              "Pieces are higher and faster, or lower, by up to."),
    ROW_FLOAT(reverse, "0", 0, 1, NULL,
              "How probably a piece is heard backwards."),
    ROW_FLOAT(mix, "0", 0, 1, NULL,
              "How probably another piece is heard at the same time."),
    ROW_FLOAT(mix_level, "0.5", 0, 1, NULL, "Its level."),
    ROW_FLOAT(noise, "0", 0, 1, NULL, "Level of noise added to pieces."),
    ROW_FLOAT(phase, "0", 0, 1, NULL,
              "How probably phases turn around a frequency."),
    ROW_FLOAT(compress, "0", 0, 1, NULL,
              "How probably soft and loud are drawn together, or apart."),
    ROW_FLOAT(mute, "0", 0, 1, NULL, "How probably a piece is silent."),
    ROW_FLOAT(stuck, "0", 0, 1, NULL,
              "How probably a piece begins stuck, and teaches to go on."),
    ROW_INT(dequantise, "0", 0, 24, "bits",
            "Noise in place of steps of so many bits; 0: none."),
    ROW_INT(examples, "4", 0, 64, NULL,
            "Sounds made to listen to, prompts times temperatures."),
    ROW_INT(examples_every, "4", 1, 1000000, "epochs", "How often."),
    ROW_FLOAT(example_seconds, "6", 2, 600, "s",
              "Their length, after the prompt, if there is time."),
    ROW_FLOAT(prompt_seconds, "1", 0, 60, "s", "Length of their prompts."),
    TB_SETTING_FLOATS(tb_training_settings, temperatures, "0.8,1", 0, 10, NULL,
                      "Their temperatures."),
    ROW_FLOAT(high_pass, "20", 0, 1000, "Hz",
              "What is lower is taken out of their files; 0: nothing is."),
    ROW_FLOAT(save_seconds, "60", 0, 86400, "s",
              "Time between two savings inside an epoch."),
    TB_SETTING_SEED(tb_training_settings, seed, "0",
                    "The same seed gives the same network."),
};

/* Presets live with the instruments and name these settings too. */
const tb_settings tb_training_table = {"training", rows,
                                       sizeof rows / sizeof *rows, NULL, 0};

/* ---- in other forms ---- */

tb_optimiser_settings tb_training_optimiser(const tb_training_settings *s)
{
    return (tb_optimiser_settings){.kind = (tb_optimiser_kind)s->optimiser,
                                   .beta1 = s->beta1,
                                   .beta2 = s->beta2,
                                   .epsilon = s->epsilon,
                                   .momentum = s->momentum,
                                   .decay = s->weight_decay,
                                   .clip = s->clip,
                                   .average = s->average};
}

tb_rate_schedule tb_training_schedule(const tb_training_settings *s,
                                      int64_t steps)
{
    return (tb_rate_schedule){.kind = (tb_schedule_kind)s->schedule,
                              .rate = s->learning_rate,
                              .final = s->final_rate,
                              .rise = s->rise,
                              .div = s->div,
                              .end = s->final_div,
                              .steps = steps > 0 ? steps : 1};
}

tb_augment_settings tb_training_augment(const tb_training_settings *s,
                                        double sample_rate)
{
    return (tb_augment_settings){.gain_db = s->gain,
                                 .softer_db = s->softer,
                                 .semitones = s->transpose,
                                 .reverse = s->reverse,
                                 .mix = s->mix,
                                 .mix_level = s->mix_level,
                                 .noise = s->noise,
                                 .phase = s->phase,
                                 .compress = s->compress,
                                 .mute = s->mute,
                                 .stuck = s->stuck,
                                 .dequantise = s->dequantise,
                                 .sample_rate = sample_rate};
}
