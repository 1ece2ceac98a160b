/* Files of settings: any file is read or refused, any text survives being
   written and read. */
#include "files.h"
#include "fuzz.h"
#include "run/ini.h"
#include "text.h"

static int survives(const char *text)
{
    const char *path = fuzz_path("written.ini");
    FILE *file = fopen(path, "wb");
    tb_error error;
    if (!file)
        abort();
    tb_ini_write_section(file, "part", "A comment.");
    tb_ini_write(file, "before", "1");
    tb_ini_write(file, "text", text);
    tb_ini_write(file, "after", "2");
    fclose(file);
    tb_ini *ini = tb_ini_read(path, &error);
    const char *read = ini ? tb_ini_get(ini, "part", "text") : NULL;
    const char *after = ini ? tb_ini_get(ini, "part", "after") : NULL;
    int good = read && !strcmp(read, text) && after && !strcmp(after, "2");
    tb_ini_free(ini);
    return good;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    char text[4096];
    tb_error error = {0};
    tb_ini *ini = tb_ini_read(fuzz_file("read.ini", bytes, size), &error);
    if (!ini && !error.text[0])
        return 1;
    tb_ini_free(ini);
    return fuzz_text(bytes, size, text, sizeof text) && !survives(text);
}
