#include "run/phase_request.h"

#include "base/memory.h"
#include "base/paths.h"

#include <string.h>
#include <unistd.h>

static const char file_name[] = "begin-phase.txt";

enum { LONGEST_NAME = 256 };

tb_status tb_phase_request_leave(const char *folder, const char *phase,
                                 tb_error *error)
{
    tb_error own;
    char *path = tb_path_join(folder, file_name);
    if (!path)
        return tb_fail_memory(error);
    error = error ? error : &own;
    tb_file *file = tb_file_begin(path, error);
    tb_free(path);
    if (!file)
        return error->status;
    tb_status status = tb_file_write(file, phase, strlen(phase), error);
    if (!status)
        status = tb_file_write(file, "\n", 1, error);
    if (!status)
        return tb_file_commit(file, error);
    tb_file_abort(file);
    return status;
}

char *tb_phase_request_read(const char *folder)
{
    char *path = tb_path_join(folder, file_name);
    void *text = NULL;
    if (path && access(path, F_OK) == 0 &&
        tb_read_file(path, LONGEST_NAME, &text, NULL, NULL) == TB_OK)
        ((char *)text)[strcspn(text, "\r\n")] = 0;
    tb_free(path);
    return text;
}

void tb_phase_request_remove(const char *folder)
{
    char *path = tb_path_join(folder, file_name);
    if (path)
        unlink(path);
    tb_free(path);
}
