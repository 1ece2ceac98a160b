/* The host's copy of a buffer that lies in a backend's storage. Where the
   storage is the host's own there is none, and the address is the buffer's. */
#ifndef TB_ENGINE_MIRROR_H
#define TB_ENGINE_MIRROR_H

#include "base/status.h"
#include "engine/storage.h"

typedef struct tb_mirror {
    char *there; /* in the storage */
    char *here;  /* the same address if the storage is the host's */
    size_t bytes;
    bool owned; /* `here` was taken for it */
} tb_mirror;

/* `here` null: memory of its own, where the storage needs a mirror. */
tb_status tb_mirror_init(tb_mirror *m, const tb_storage *storage, void *there,
                         void *here, size_t bytes, tb_error *error);
void tb_mirror_clear(tb_mirror *m);

/* All of it, or `bytes` from `at` on; nothing where there is no mirror. */
TB_REALTIME void tb_mirror_upload(const tb_mirror *m, const tb_storage *storage,
                                  size_t at, size_t bytes);
TB_REALTIME void tb_mirror_download(const tb_mirror *m,
                                    const tb_storage *storage);

/* The tensor as the host sees it. */
TB_REALTIME tb_tensor tb_mirror_seen(const tb_mirror *m,
                                     const tb_tensor *there);

#endif
