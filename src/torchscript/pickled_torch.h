/* What the calls in PyTorch's pickles mean: tensors, typed lists, devices. */
#ifndef TB_TORCHSCRIPT_PICKLED_TORCH_H
#define TB_TORCHSCRIPT_PICKLED_TORCH_H

#include "torchscript/archive.h"
#include "torchscript/dtype.h"
#include "torchscript/pickle.h"

enum { TB_TORCH_RANK = 16 }; /* the most dimensions of a tensor */

/* A view of a storage. Element (i, j...) is the storage's element offset +
   i * strides[0] + j * strides[1]...; all of them lie within it. */
typedef struct tb_pickled_tensor {
    tb_dtype dtype;
    tb_archive_entry *storage; /* shared where tensors share memory; its bytes,
                                  by tb_archive_data, are little-endian */
    const char *device;        /* where it was: "cpu", "cuda:0" */
    int64_t storage_elements, offset, elements;
    int rank;
    int64_t sizes[TB_TORCH_RANK], strides[TB_TORCH_RANK];
    bool requires_grad;
} tb_pickled_tensor;

/* Whether it stands for a tensor or parameter, of a kind that is read or not.
 */
bool tb_pickled_is_tensor(const tb_pickled *value);

/* A tensor or parameter; its storage is checked but not looked at. `folder`
   holds the storages: "data" for data.pkl, "constants" for constants.pkl. A
   view may repeat its elements, but have no more than its storage and 2^26.
   Refused by name: quantised, sparse and nested tensors, and types that are not
   read. `what` names it in errors. */
tb_status tb_pickled_tensor_read(const tb_pickled *value, tb_archive *archive,
                                 const char *folder, const char *what,
                                 tb_pickled_tensor *out, tb_error *error);

/* A list or dict that a call gives a type (restore_type_tag, build_intlist...):
   what it is, with its type in `*type`, such as "List[int]". Other values are
   returned as they are, with a null type. */
tb_pickled *tb_pickled_untag(tb_pickled *value, const char **type);

/* "cuda:0", of a torch.device; null: it is none. */
const char *tb_pickled_device(const tb_pickled *value);

/* False: it is no complex number. */
bool tb_pickled_complex(const tb_pickled *value, double parts[2]);

/* The TUPLE of a torch.Size, or of the value itself; null: it is neither. */
const tb_pickled *tb_pickled_size(const tb_pickled *value);

/* Refuses archives whose numbers are big-endian. */
tb_status tb_archive_check_order(tb_archive *archive, tb_error *error);

#endif
