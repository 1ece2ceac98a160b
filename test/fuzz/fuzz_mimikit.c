/* Content of mimikit's files: what converts is a checkpoint that opens or is
   refused. The input is three texts with zeros between them: the network's
   YAML, the dataset's, and lines "name n n..." of tensors and their shapes. */
#include "fuzz.h"
#include "models/checkpoint.h"
#include "models/mimikit.h"
#include "text.h"

#include <stdlib.h>

enum { ROOM = 1 << 16, TENSORS = 64, NUMBERS = 4096 };

static char text[ROOM];
static float numbers[NUMBERS];
static tb_stored tensors[TENSORS];

static bool read_tensor(char *line, tb_stored *t)
{
    int64_t n = 1;
    char *at = strchr(line, ' ');
    *t = (tb_stored){.name = line, .type = TB_STORED_F32, .data = numbers};
    while (at && t->rank < TB_STORED_RANK) {
        *at = 0;
        int64_t dim = strtol(at + 1, &at, 10);
        if (dim < 0 || dim > NUMBERS || (n *= dim) > NUMBERS)
            return false;
        t->shape[t->rank++] = dim;
        at = *at == ' ' ? at : NULL;
    }
    return true;
}

static size_t read_tensors(char *lines)
{
    size_t count = 0;
    while (*lines && count < TENSORS) {
        char *end = strchr(lines, '\n');
        if (end)
            *end = 0;
        count += read_tensor(lines, &tensors[count]);
        lines = end ? end + 1 : "";
    }
    return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    tb_safetensors *file;
    tb_error error = {0};
    if (!fuzz_text(bytes, size, text, ROOM - 2))
        return 0;
    text[size + 1] = text[size + 2] = 0;
    char *dataset = text + strlen(text) + 1;
    dataset = dataset > text + size ? text + size : dataset;
    char *lines = dataset + strlen(dataset) + 1;
    lines = lines > text + size ? text + size : lines;
    for (int i = 0; i < NUMBERS; i++)
        numbers[i] = (float)i / NUMBERS;
    const tb_mimikit_content content = {.what = "input",
                                        .network = text,
                                        .dataset = dataset,
                                        .epoch = -1,
                                        .tensors = tensors,
                                        .count = read_tensors(lines)};
    if (tb_mimikit_convert(&content, &file, &error))
        return error.text[0] == 0 || file;
    volatile float sum = 0;
    for (size_t i = 0; i < tb_safetensors_count(file); i++) {
        const tb_stored *t = tb_safetensors_at(file, i);
        for (int64_t k = 0; k < tb_stored_elements(t); k++)
            sum = sum + ((const float *)t->data)[k];
    }
    tb_safetensors_close(file);
    return 0;
}
