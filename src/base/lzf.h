/* LZF, the light compression of HDF5 files that h5py writes. Source: the format
   as liblzf's lzf_d.c reads it (software.schmorp.de/pkg/liblzf). */
#ifndef TB_BASE_LZF_H
#define TB_BASE_LZF_H

#include <stddef.h>

/* The most that one byte can become: a repetition of 264 bytes has three. */
enum { TB_LZF_MOST = 88 };

/* Expands `bytes` bytes into `to` and returns how many they became; -1 if they
   are damaged or become more than `room`. */
ptrdiff_t tb_lzf_expand(const void *from, size_t bytes, void *to, size_t room);

#endif
