#include "base/library.h"

#include <dlfcn.h>
#include <string.h>

tb_status tb_library_load(const tb_library *library, void *addresses,
                          tb_error *error)
{
    void *loaded = NULL;
    for (const char *const *file = library->files; !loaded && *file; file++)
        loaded = dlopen(*file, RTLD_NOW | RTLD_LOCAL);
    if (!loaded)
        return tb_fail(error, TB_ERR_UNSUPPORTED,
                       "%s: the library %s is not installed (Debian's package "
                       "%s)",
                       library->without, library->name, library->package);
    for (size_t i = 0; i < library->count; i++) {
        void *found = dlsym(loaded, library->symbols[i]);
        if (!found)
            return tb_fail(error, TB_ERR_UNSUPPORTED,
                           "%s: the installed %s has no %s (install the "
                           "package %s anew)",
                           library->without, library->name, library->symbols[i],
                           library->package);
        memcpy((char *)addresses + i * sizeof found, &found, sizeof found);
    }
    return TB_OK;
}
