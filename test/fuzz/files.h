/* Files for targets that read from a path: in the test's folder, which lies in
   memory where the system has such a place. */
#ifndef TB_TEST_FUZZ_FILES_H
#define TB_TEST_FUZZ_FILES_H

#include "sounds.h"

/* The path of `name` in the folder, which is made the first time. */
static inline const char *fuzz_path(const char *name)
{
    if (!test_folder[0]) {
        if (access("/dev/shm", W_OK) == 0)
            setenv("TMPDIR", "/dev/shm", 0);
        enter_folder();
    }
    return in_folder(name);
}

/* Writes a file of these bytes over any older one and returns its path. */
static inline const char *fuzz_file(const char *name, const uint8_t *bytes,
                                    size_t size)
{
    const char *path = fuzz_path(name);
    FILE *file = fopen(path, "wb");
    if (!file || fwrite(bytes, 1, size, file) != size || fclose(file))
        abort();
    return path;
}

#endif
