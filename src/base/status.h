/* Status codes and error text: how every fallible function reports. */
#ifndef TB_BASE_STATUS_H
#define TB_BASE_STATUS_H

typedef enum tb_status {
    TB_OK = 0,
    TB_ERR_ARGUMENT,    /* a value that the caller chose is not possible */
    TB_ERR_FILE,        /* a file or folder cannot be opened, read, written */
    TB_ERR_FORMAT,      /* a file's bytes are not what they should be */
    TB_ERR_MEMORY,      /* no memory */
    TB_ERR_UNSUPPORTED, /* possible elsewhere, not here */
    TB_ERR_SYSTEM,      /* the system refused: threads, processes, devices */
    TB_ERR_NUMERIC,     /* a result is not a number */
    TB_ERR_STOPPED      /* the user asked to stop */
} tb_status;

/* One sentence that names the thing, what is wrong and what to do. Owned by
   the caller, who may pass null wherever one is asked for. */
typedef struct tb_error {
    tb_status status;
    char text[1024];
} tb_error;

/* Fills `error` (null: nothing to fill) as printf does and returns `status`. */
tb_status tb_fail(tb_error *error, tb_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* "no memory", for the many places that need just this. */
tb_status tb_fail_memory(tb_error *error);

#endif
