/* All ops that a graph is built from. */
#ifndef TB_ENGINE_OPS_H
#define TB_ENGINE_OPS_H

#include "engine/graph.h"
#include "engine/ops/accumulate.h"
#include "engine/ops/attention.h"
#include "engine/ops/bucketize.h"
#include "engine/ops/cast.h"
#include "engine/ops/complex.h"
#include "engine/ops/conv.h"
#include "engine/ops/correlate.h"
#include "engine/ops/elementwise.h"
#include "engine/ops/fourier.h"
#include "engine/ops/frames.h"
#include "engine/ops/index.h"
#include "engine/ops/linear.h"
#include "engine/ops/logic.h"
#include "engine/ops/loss.h"
#include "engine/ops/matmul.h"
#include "engine/ops/norm.h"
#include "engine/ops/random.h"
#include "engine/ops/recover.h"
#include "engine/ops/reduce.h"
#include "engine/ops/rnn.h"
#include "engine/ops/shape.h"
#include "engine/ops/span.h"
#include "engine/ops/spectral_distance.h"
#include "engine/ops/stft.h"
#include "engine/ops/strided.h"

#endif
