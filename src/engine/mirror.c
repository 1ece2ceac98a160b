#include "engine/mirror.h"

#include "base/memory.h"

tb_status tb_mirror_init(tb_mirror *m, const tb_storage *storage, void *there,
                         void *here, size_t bytes, tb_error *error)
{
    *m = (tb_mirror){.there = there, .here = there, .bytes = bytes};
    if (storage->is_host)
        return TB_OK;
    m->owned = here == NULL;
    m->here = here ? here : tb_alloc(bytes);
    return m->here ? TB_OK : tb_fail_memory(error);
}

void tb_mirror_clear(tb_mirror *m)
{
    if (m->owned)
        tb_free(m->here);
    *m = (tb_mirror){0};
}

void tb_mirror_upload(const tb_mirror *m, const tb_storage *storage, size_t at,
                      size_t bytes)
{
    if (m->here != m->there)
        storage->write(m->there + at, m->here + at, bytes);
}

void tb_mirror_download(const tb_mirror *m, const tb_storage *storage)
{
    if (m->here != m->there)
        storage->read(m->here, m->there, m->bytes);
}

tb_tensor tb_mirror_seen(const tb_mirror *m, const tb_tensor *there)
{
    tb_tensor seen = *there;
    seen.data = m->here + ((char *)there->data - m->there);
    return seen;
}
