/* The nodes of a network as a stream: `timbrel info --graph`. */
#ifndef TB_CLI_INFO_GRAPH_H
#define TB_CLI_INFO_GRAPH_H

#include "models/checkpoint.h"

/* Prints them. */
tb_status cli_say_graph(const tb_checkpoint *checkpoint, tb_error *error);

#endif
