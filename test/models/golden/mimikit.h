/* Made by mimikit.py with PyTorch in double precision. */
static const char samplernn_normed_config[] =
    "type: SampleRNN.Config\nframe_sizes:\n- 8\n- 4\n- 2\n- 4\nhidden_dim: 6\n"
    "rnn_class: lstm\nn_rnn: 1\nrnn_dropout: 0.0\nrnn_bias: true\n"
    "h0_init: zeros\nweight_norm: true\ninputs_mode: sum\nio_spec:\n  inputs:\n"
    "  - extractor_name: signal\n    transform:\n      type: MuLawCompress\n"
    "      q_levels: 16\n      compression: 0.5\n    module:\n"
    "      type: FramedLinearIO\n      activation: null\n      dropout: 0.0\n"
    "      dropout1d: 0.0\n  targets:\n  - extractor_name: signal\n"
    "    transform:\n      type: MuLawCompress\n      q_levels: 16\n"
    "      compression: 0.5\n    module:\n      type: MLPIO\n"
    "      activation:\n        act: Mish\n        scaled: false\n"
    "        static: false\n        with_rate: false\n        params: {}\n"
    "      dropout: 0.0\n      dropout1d: 0.0\n      hidden_dim: 5\n"
    "      n_hidden_layers: 2\n      bias: true\n      min_temperature: 0.3\n"
    "    objective:\n      objective_type: categorical_dist\n      params: {}\n"
    "      weight: 1.0\n    extra_loss_terms: []\n";
static const golden_tensor samplernn_normed_tensors[] = {
    {"tiers.0.input_module.heads.0.2.weight_g", 2, {6, 1}, 100},
    {"tiers.0.input_module.heads.0.2.weight_v", 2, {6, 8}, 101},
    {"tiers.0.input_module.heads.0.2.bias_g", 1, {6}, 102},
    {"tiers.0.input_module.heads.0.2.bias_v", 1, {6}, 103},
    {"tiers.0.rnn.weight_ih_l0_g", 2, {24, 1}, 104},
    {"tiers.0.rnn.weight_ih_l0_v", 2, {24, 6}, 105},
    {"tiers.0.rnn.weight_hh_l0_g", 2, {24, 1}, 106},
    {"tiers.0.rnn.weight_hh_l0_v", 2, {24, 6}, 107},
    {"tiers.0.rnn.bias_ih_l0_g", 1, {24}, 108},
    {"tiers.0.rnn.bias_ih_l0_v", 1, {24}, 109},
    {"tiers.0.rnn.bias_hh_l0_g", 1, {24}, 110},
    {"tiers.0.rnn.bias_hh_l0_v", 1, {24}, 111},
    {"tiers.0.up_sampler.fc.weight_g", 2, {12, 1}, 112},
    {"tiers.0.up_sampler.fc.weight_v", 2, {12, 6}, 113},
    {"tiers.0.up_sampler.fc.bias_g", 1, {12}, 114},
    {"tiers.0.up_sampler.fc.bias_v", 1, {12}, 115},
    {"tiers.1.input_module.heads.0.2.weight_g", 2, {6, 1}, 116},
    {"tiers.1.input_module.heads.0.2.weight_v", 2, {6, 4}, 117},
    {"tiers.1.input_module.heads.0.2.bias_g", 1, {6}, 118},
    {"tiers.1.input_module.heads.0.2.bias_v", 1, {6}, 119},
    {"tiers.1.rnn.weight_ih_l0_g", 2, {24, 1}, 120},
    {"tiers.1.rnn.weight_ih_l0_v", 2, {24, 6}, 121},
    {"tiers.1.rnn.weight_hh_l0_g", 2, {24, 1}, 122},
    {"tiers.1.rnn.weight_hh_l0_v", 2, {24, 6}, 123},
    {"tiers.1.rnn.bias_ih_l0_g", 1, {24}, 124},
    {"tiers.1.rnn.bias_ih_l0_v", 1, {24}, 125},
    {"tiers.1.rnn.bias_hh_l0_g", 1, {24}, 126},
    {"tiers.1.rnn.bias_hh_l0_v", 1, {24}, 127},
    {"tiers.1.up_sampler.fc.weight_g", 2, {12, 1}, 128},
    {"tiers.1.up_sampler.fc.weight_v", 2, {12, 6}, 129},
    {"tiers.1.up_sampler.fc.bias_g", 1, {12}, 130},
    {"tiers.1.up_sampler.fc.bias_v", 1, {12}, 131},
    {"tiers.2.input_module.heads.0.2.weight_g", 2, {6, 1}, 132},
    {"tiers.2.input_module.heads.0.2.weight_v", 2, {6, 2}, 133},
    {"tiers.2.input_module.heads.0.2.bias_g", 1, {6}, 134},
    {"tiers.2.input_module.heads.0.2.bias_v", 1, {6}, 135},
    {"tiers.2.rnn.weight_ih_l0_g", 2, {24, 1}, 136},
    {"tiers.2.rnn.weight_ih_l0_v", 2, {24, 6}, 137},
    {"tiers.2.rnn.weight_hh_l0_g", 2, {24, 1}, 138},
    {"tiers.2.rnn.weight_hh_l0_v", 2, {24, 6}, 139},
    {"tiers.2.rnn.bias_ih_l0_g", 1, {24}, 140},
    {"tiers.2.rnn.bias_ih_l0_v", 1, {24}, 141},
    {"tiers.2.rnn.bias_hh_l0_g", 1, {24}, 142},
    {"tiers.2.rnn.bias_hh_l0_v", 1, {24}, 143},
    {"tiers.2.up_sampler.fc.weight_g", 2, {12, 1}, 144},
    {"tiers.2.up_sampler.fc.weight_v", 2, {12, 6}, 145},
    {"tiers.2.up_sampler.fc.bias_g", 1, {12}, 146},
    {"tiers.2.up_sampler.fc.bias_v", 1, {12}, 147},
    {"tiers.3.input_module.heads.0.2.2.cv.weight", 3, {6, 1, 4}, 148},
    {"tiers.3.input_module.heads.0.2.2.cv.bias", 1, {6}, 149},
    {"output_modules.0.estimator.0.min_temp", 1, {1}, 0},
    {"output_modules.0.estimator.0.fc.0.weight_g", 2, {5, 1}, 150},
    {"output_modules.0.estimator.0.fc.0.weight_v", 2, {5, 6}, 151},
    {"output_modules.0.estimator.0.fc.0.bias_g", 1, {5}, 152},
    {"output_modules.0.estimator.0.fc.0.bias_v", 1, {5}, 153},
    {"output_modules.0.estimator.0.fc.2.weight_g", 2, {5, 1}, 154},
    {"output_modules.0.estimator.0.fc.2.weight_v", 2, {5, 5}, 155},
    {"output_modules.0.estimator.0.fc.2.bias_g", 1, {5}, 156},
    {"output_modules.0.estimator.0.fc.2.bias_v", 1, {5}, 157},
    {"output_modules.0.estimator.0.fc.4.weight_g", 2, {5, 1}, 154},
    {"output_modules.0.estimator.0.fc.4.weight_v", 2, {5, 5}, 155},
    {"output_modules.0.estimator.0.fc.4.bias_g", 1, {5}, 156},
    {"output_modules.0.estimator.0.fc.4.bias_v", 1, {5}, 157},
    {"output_modules.0.estimator.0.fc.6.weight_g", 2, {17, 1}, 158},
    {"output_modules.0.estimator.0.fc.6.weight_v", 2, {17, 5}, 159},
    {"output_modules.0.estimator.0.fc.6.bias_g", 1, {17}, 160},
    {"output_modules.0.estimator.0.fc.6.bias_v", 1, {17}, 161},
};
static const double samplernn_normed_x[] = {
    7, 14, 12, 7, 11, 14, 9, 12, 11, 5, 14, 12, 13, 10, 9, 10, 8, 4, 9, 13, 1,
    11, 7, 9,
};
static const double samplernn_normed_y[] = {
    0.447370253, 1.26310356, -1.03596512, 0.130765521, 2.04804267, 2.19097956,
    0.272418524, -0.26671986, 0.539958484, -1.406473, -0.460032392,
    -0.302578751, 1.19618064, -0.0782863482, 1.6983361, 0.285220119,
    0.442307136, 1.25229186, -1.0420829, 0.125673738, 2.11178804, 2.19550635,
    0.24670123, -0.253792057, 0.562401352, -1.40464158, -0.445845017,
    -0.332467015, 1.24131967, -0.0622241838, 1.69717157, 0.328955714,
    0.449449608, 1.26538562, -1.03591992, 0.129770956, 2.03728706, 2.19142052,
    0.276453851, -0.270984779, 0.535990437, -1.40908949, -0.461602856,
    -0.295607878, 1.18841472, -0.0837425551, 1.698528, 0.275522637, 0.441667083,
    1.27087771, -1.01916409, 0.150466464, 1.97953982, 2.17558163, 0.302420561,
    -0.263883528, 0.517963459, -1.39206106, -0.484177598, -0.285945208,
    1.15143167, -0.076193966, 1.69943713, 0.257887947, 0.443598636, 1.26837525,
    -1.02472821, 0.144087808, 2.00181295, 2.18068801, 0.292671289, -0.264825034,
    0.525052378, -1.39666345, -0.47622507, -0.291292268, 1.16584422,
    -0.0768675501, 1.6990864, 0.266666467, 0.440838483, 1.24305239, -1.05102688,
    0.116099332, 2.17307885, 2.20275471, 0.221146894, -0.246764285, 0.58363892,
    -1.40854297, -0.429642443, -0.356537866, 1.28391836, -0.0527709558,
    1.69609193, 0.364966185, 0.454136888, 1.27211713, -1.03426257, 0.131422098,
    2.00239025, 2.19124231, 0.290306108, -0.280151291, 0.52282244, -1.41146955,
    -0.467915751, -0.276658254, 1.16203679, -0.0957096426, 1.69923442,
    0.247963685, 0.431445379, 1.26643156, -1.01086559, 0.161862445, 1.98516861,
    2.16638547, 0.302135715, -0.248407968, 0.522112462, -1.37811986,
    -0.490587319, -0.302279811, 1.15918897, -0.0574759619, 1.69918977,
    0.279250697,
};
static const char samplernn_gru_config[] =
    "type: SampleRNN.Config\nframe_sizes:\n- 8\n- 4\n- 3\nhidden_dim: 5\n"
    "rnn_class: gru\nn_rnn: 2\nrnn_dropout: 0.0\nrnn_bias: false\n"
    "h0_init: ones\nweight_norm: false\ninputs_mode: mean\nio_spec:\n"
    "  inputs:\n  - extractor_name: signal\n    transform:\n"
    "      type: MuLawCompress\n      q_levels: 9\n      compression: 1.0\n"
    "    module:\n      type: FramedLinearIO\n      activation: null\n"
    "      dropout: 0.0\n      dropout1d: 0.0\n  targets:\n"
    "  - extractor_name: signal\n    transform:\n      type: MuLawCompress\n"
    "      q_levels: 9\n      compression: 1.0\n    module:\n"
    "      type: MLPIO\n      activation:\n        act: Mish\n"
    "        scaled: false\n        static: false\n        with_rate: false\n"
    "        params: {}\n      dropout: 0.0\n      dropout1d: 0.0\n"
    "      hidden_dim: 4\n      n_hidden_layers: 0\n      bias: true\n"
    "      min_temperature: null\n    objective:\n"
    "      objective_type: categorical_dist\n      params: {}\n"
    "      weight: 1.0\n    extra_loss_terms: []\n";
static const golden_tensor samplernn_gru_tensors[] = {
    {"tiers.0.input_module.heads.0.2.weight", 2, {5, 8}, 100},
    {"tiers.0.input_module.heads.0.2.bias", 1, {5}, 101},
    {"tiers.0.rnn.weight_ih_l0", 2, {15, 5}, 102},
    {"tiers.0.rnn.weight_hh_l0", 2, {15, 5}, 103},
    {"tiers.0.rnn.weight_ih_l1", 2, {15, 5}, 104},
    {"tiers.0.rnn.weight_hh_l1", 2, {15, 5}, 105},
    {"tiers.0.up_sampler.fc.weight", 2, {10, 5}, 106},
    {"tiers.0.up_sampler.fc.bias", 1, {10}, 107},
    {"tiers.1.input_module.heads.0.2.weight", 2, {5, 4}, 108},
    {"tiers.1.input_module.heads.0.2.bias", 1, {5}, 109},
    {"tiers.1.rnn.weight_ih_l0", 2, {15, 5}, 110},
    {"tiers.1.rnn.weight_hh_l0", 2, {15, 5}, 111},
    {"tiers.1.rnn.weight_ih_l1", 2, {15, 5}, 112},
    {"tiers.1.rnn.weight_hh_l1", 2, {15, 5}, 113},
    {"tiers.1.up_sampler.fc.weight", 2, {20, 5}, 114},
    {"tiers.1.up_sampler.fc.bias", 1, {20}, 115},
    {"tiers.2.input_module.heads.0.2.2.cv.weight", 3, {5, 1, 3}, 116},
    {"tiers.2.input_module.heads.0.2.2.cv.bias", 1, {5}, 117},
    {"output_modules.0.estimator.0.fc.0.weight", 2, {4, 5}, 118},
    {"output_modules.0.estimator.0.fc.0.bias", 1, {4}, 119},
    {"output_modules.0.estimator.0.fc.2.weight", 2, {9, 4}, 120},
    {"output_modules.0.estimator.0.fc.2.bias", 1, {9}, 121},
};
static const double samplernn_gru_x[] = {
    4, 7, 6, 4, 6, 7, 5, 6, 6, 3, 7, 7, 7, 5, 5, 6, 4, 2, 5, 7, 1, 6, 4, 5,
};
static const double samplernn_gru_y[] = {
    -0.11523934, 0.786820616, 0.136965553, -0.355532996, 0.166873, -1.31367156,
    0.763907023, -0.0939140584, 0.514129419, -1.61654365, 1.16018255,
    1.85588981, 0.164860429, -0.30716005, -1.01047781, 0.504644897, 0.513119163,
    -0.395143597, -0.781892587, 0.433449412, -0.432451971, 0.483546726,
    -0.325347409, -1.82754937, 0.276716943, -0.0703958513, 1.03879909,
    -1.79898245, 1.59413015, 2.0775923, -1.29119517, -0.597473241, -1.47003417,
    1.98036267, 0.865723609, 0.300186678, 0.504445234, 0.535773672,
    -0.223667414, 0.0396312579, 0.511203919, -1.04759899, 0.265091799,
    -0.473902015, 0.236934848, -1.08556077, 0.978742984, 1.24132007,
    0.129883737, -0.129735453, -1.08120374, 0.465117315, 0.256743825,
    -0.146382911, -1.93241704, 0.861147134, 0.48597639, -0.0135295883,
    -0.912556753, -2.12594862, 0.999343357, 0.551510216, 1.19722595,
    0.0323852723, 0.70147563, 0.00395581739, -0.305358001, 0.200709546,
    -1.31626178, 0.73516774, -0.214631459, 0.519020341,
};
static const char samplernn_forgets_config[] =
    "type: SampleRNN.Config\nframe_sizes:\n- 4\n- 2\n- 2\nhidden_dim: 3\n"
    "rnn_class: none\nn_rnn: 1\nrnn_dropout: 0.0\nrnn_bias: true\n"
    "h0_init: zeros\nweight_norm: false\ninputs_mode: static_mix\nio_spec:\n"
    "  inputs:\n  - extractor_name: signal\n    transform:\n"
    "      type: MuLawCompress\n      q_levels: 8\n      compression: 1.0\n"
    "    module:\n      type: FramedLinearIO\n      activation: null\n"
    "      dropout: 0.0\n      dropout1d: 0.0\n  targets:\n"
    "  - extractor_name: signal\n    transform:\n      type: MuLawCompress\n"
    "      q_levels: 8\n      compression: 1.0\n    module:\n"
    "      type: MLPIO\n      activation:\n        act: Mish\n"
    "        scaled: false\n        static: false\n        with_rate: false\n"
    "        params: {}\n      dropout: 0.0\n      dropout1d: 0.0\n"
    "      hidden_dim: 4\n      n_hidden_layers: 1\n      bias: true\n"
    "      min_temperature: 0.0001\n    objective:\n"
    "      objective_type: categorical_dist\n      params: {}\n"
    "      weight: 1.0\n    extra_loss_terms: []\n";
static const golden_tensor samplernn_forgets_tensors[] = {
    {"tiers.0.input_module.weights", 1, {1}, 100},
    {"tiers.0.input_module.heads.0.2.weight", 2, {3, 4}, 101},
    {"tiers.0.input_module.heads.0.2.bias", 1, {3}, 102},
    {"tiers.0.up_sampler.fc.weight", 2, {6, 3}, 103},
    {"tiers.0.up_sampler.fc.bias", 1, {6}, 104},
    {"tiers.1.input_module.weights", 1, {1}, 105},
    {"tiers.1.input_module.heads.0.2.weight", 2, {3, 2}, 106},
    {"tiers.1.input_module.heads.0.2.bias", 1, {3}, 107},
    {"tiers.1.up_sampler.fc.weight", 2, {6, 3}, 108},
    {"tiers.1.up_sampler.fc.bias", 1, {6}, 109},
    {"tiers.2.input_module.weights", 1, {1}, 110},
    {"tiers.2.input_module.heads.0.2.2.cv.weight", 3, {3, 1, 2}, 111},
    {"tiers.2.input_module.heads.0.2.2.cv.bias", 1, {3}, 112},
    {"output_modules.0.estimator.0.min_temp", 1, {1}, 0},
    {"output_modules.0.estimator.0.fc.0.weight", 2, {4, 3}, 113},
    {"output_modules.0.estimator.0.fc.0.bias", 1, {4}, 114},
    {"output_modules.0.estimator.0.fc.2.weight", 2, {4, 4}, 115},
    {"output_modules.0.estimator.0.fc.2.bias", 1, {4}, 116},
    {"output_modules.0.estimator.0.fc.4.weight", 2, {9, 4}, 117},
    {"output_modules.0.estimator.0.fc.4.bias", 1, {9}, 118},
};
static const double samplernn_forgets_x[] = {
    3, 7, 6, 3, 5, 7, 4, 6, 5, 2, 7, 6, 6, 5, 4, 5,
};
static const double samplernn_forgets_y[] = {
    2.52788027, 0.834119539, -0.444580488, 0.637273915, 0.172737725, 2.70510186,
    -0.573221454, 0.622834017, 2.458624, -0.519043546, -4.33363404,
    -0.0176269418, 4.61810403, 1.9052451, -2.83112336, 2.20899169, 2.55318717,
    0.841987259, -0.468442793, 0.631055399, 0.193491202, 2.7258842,
    -0.578787311, 0.650899965, 3.11738229, -0.351132479, -5.08529043,
    -0.244899559, 5.46756683, 2.14036806, -2.99559373, 2.7766556, 2.315041,
    0.785633688, -0.29991474, 0.669553766, 0.0187600016, 2.65557997,
    -0.538381278, 0.524790835, 1.46627341, 0.18447174, -0.985766526,
    0.577402835, 0.83113051, 2.27121146, -1.11383242, 0.706095432, 2.32034776,
    0.772398471, -0.379468374, 0.652984487, 0.0933731807, 2.68775281,
    -0.577230761, 0.597640628, 2.07361109, 0.0664775255, -2.29573225,
    0.313533921, 2.29095762, 2.3356306, -1.69440102, 1.43052904,
};
static const char wavenet_rich_config[] =
    "type: WaveNet.Config\nio_spec:\n  inputs:\n  - extractor_name: signal\n"
    "    transform:\n      type: MuLawCompress\n      q_levels: 16\n"
    "      compression: 1.0\n    module:\n      type: EmbeddingIO\n"
    "      activation: null\n      dropout: 0.0\n      dropout1d: 0.0\n"
    "  targets:\n  - extractor_name: signal\n    transform:\n"
    "      type: MuLawCompress\n      q_levels: 16\n      compression: 1.0\n"
    "    module:\n      type: MLPIO\n      activation:\n        act: Mish\n"
    "        scaled: false\n        static: false\n        with_rate: false\n"
    "        params: {}\n      dropout: 0.0\n      dropout1d: 0.0\n"
    "      hidden_dim: 5\n      n_hidden_layers: 1\n      bias: true\n"
    "      min_temperature: 0.3\n    objective:\n"
    "      objective_type: categorical_dist\n      params: {}\n"
    "      weight: 1.0\n    extra_loss_terms: []\nkernel_sizes:\n- 2\n- 3\n"
    "blocks:\n- 2\n- 2\ndims_dilated:\n- 4\ndims_1x1: []\nresiduals_dim: 4\n"
    "apply_residuals: false\nskips_dim: 6\nwith_affine_residuals: false\n"
    "groups: 2\nact_f: Tanh\nact_g: Sigmoid\npad_side: 0\nstride: 1\n"
    "bias: true\nuse_fast_generate: false\ntie_io_weights: false\n"
    "layerwise_inputs: false\nreverse_layer_order: false\n";
static const golden_tensor wavenet_rich_tensors[] = {
    {"input_modules.0.0.weight", 2, {16, 4}, 100},
    {"layers.0.conv_dil.0.0.weight", 3, {8, 2, 2}, 101},
    {"layers.0.conv_dil.0.0.bias", 1, {8}, 102},
    {"layers.0.conv_skip.weight", 3, {6, 4, 1}, 103},
    {"layers.0.conv_skip.bias", 1, {6}, 104},
    {"layers.0.conv_res.weight", 3, {4, 4, 1}, 105},
    {"layers.0.conv_res.bias", 1, {4}, 106},
    {"layers.1.conv_dil.0.0.weight", 3, {8, 2, 3}, 107},
    {"layers.1.conv_dil.0.0.bias", 1, {8}, 108},
    {"layers.1.conv_skip.weight", 3, {6, 4, 1}, 109},
    {"layers.1.conv_skip.bias", 1, {6}, 110},
    {"layers.1.conv_res.weight", 3, {4, 4, 1}, 111},
    {"layers.1.conv_res.bias", 1, {4}, 112},
    {"layers.2.conv_dil.0.0.weight", 3, {8, 2, 2}, 113},
    {"layers.2.conv_dil.0.0.bias", 1, {8}, 114},
    {"layers.2.conv_skip.weight", 3, {6, 4, 1}, 115},
    {"layers.2.conv_skip.bias", 1, {6}, 116},
    {"layers.2.conv_res.weight", 3, {4, 4, 1}, 117},
    {"layers.2.conv_res.bias", 1, {4}, 118},
    {"layers.3.conv_dil.0.0.weight", 3, {8, 2, 3}, 119},
    {"layers.3.conv_dil.0.0.bias", 1, {8}, 120},
    {"layers.3.conv_skip.weight", 3, {6, 4, 1}, 121},
    {"layers.3.conv_skip.bias", 1, {6}, 122},
    {"output_modules.0.estimator.0.min_temp", 1, {1}, 0},
    {"output_modules.0.estimator.0.fc.0.weight", 2, {5, 6}, 123},
    {"output_modules.0.estimator.0.fc.0.bias", 1, {5}, 124},
    {"output_modules.0.estimator.0.fc.2.weight", 2, {5, 5}, 125},
    {"output_modules.0.estimator.0.fc.2.bias", 1, {5}, 126},
    {"output_modules.0.estimator.0.fc.4.weight", 2, {17, 5}, 127},
    {"output_modules.0.estimator.0.fc.4.bias", 1, {17}, 128},
};
static const double wavenet_rich_x[] = {
    7, 14, 12, 7, 11, 14, 9, 12, 11, 5, 14, 12, 13, 10, 9, 10, 8, 4, 9, 13, 1,
    11,
};
static const double wavenet_rich_y[] = {
    2.61999419, 2.19124683, -0.538747044, -0.824987417, 1.31315439, 0.219301822,
    -1.04063464, 1.33913324, 0.972146847, -0.320580444, 0.189360332,
    -4.32684173, 0.675347072, -3.16924657, 0.930874168, -1.29437579, 2.41957075,
    2.20128316, -0.512301351, -0.873604169, 1.35962758, 0.287926443,
    -1.15674018, 1.42983613, 0.925582971, -0.406453193, 0.301375671,
    -3.98153277, 0.629445101, -2.95890719, 0.879783099, -1.24441704, 2.55258576,
    2.16349872, -0.827926918, -0.746025275, 1.2458826, 0.0298000537,
    -1.03338888, 1.30751763, 1.257916, -0.301676838, 0.126695359, -3.97763543,
    0.589582165, -3.04364783, 0.710590942, -1.5762639, 2.73564582, 2.2128753,
    -0.799200002, -0.815407723, 1.40470295, -0.0656492333, -0.939259253,
    1.11747199, 1.26198545, -0.154844518, 0.0661545785, -4.43558906,
    0.413778408, -3.20229233, 0.800234337, -1.44643707, 2.36105529, 2.22102113,
    -0.737947175, -0.758091024, 1.16846185, 0.048016842, -1.09336182,
    1.18095409, 1.01751262, -0.339003369, 0.252182513, -3.86967894, 0.44565016,
    -3.0408141, 0.708793787, -1.36078088, 2.54086716, 2.19188895, -0.519092388,
    -0.842486606, 1.32478411, 0.25842197, -1.08825142, 1.38689241, 0.944887237,
    -0.361014927, 0.235551887, -4.19073152, 0.675516018, -3.08826129,
    0.917288241, -1.27388922, 2.51557163, 2.17365703, -0.545662908,
    -0.841309457, 1.28544191, 0.228740692, -1.07545543, 1.34638626, 0.923570336,
    -0.347184592, 0.249294071, -4.21371581, 0.681989084, -3.1094378, 0.92318771,
    -1.2711286, 2.53389683, 2.18463783, -0.555396004, -0.840601696, 1.30291449,
    0.210932481, -1.06831526, 1.3280861, 0.945257679, -0.334082056, 0.235470845,
    -4.22861882, 0.648983415, -3.11472825, 0.91282437, -1.27419304,
};
static const char wavenet_plain_config[] =
    "type: WaveNet.Config\nio_spec:\n  inputs:\n  - extractor_name: signal\n"
    "    transform:\n      type: MuLawCompress\n      q_levels: 8\n"
    "      compression: 1.0\n    module:\n      type: EmbeddingIO\n"
    "      activation: null\n      dropout: 0.0\n      dropout1d: 0.0\n"
    "  targets:\n  - extractor_name: signal\n    transform:\n"
    "      type: MuLawCompress\n      q_levels: 8\n      compression: 1.0\n"
    "    module:\n      type: MLPIO\n      activation:\n        act: Mish\n"
    "        scaled: false\n        static: false\n        with_rate: false\n"
    "        params: {}\n      dropout: 0.0\n      dropout1d: 0.0\n"
    "      hidden_dim: 4\n      n_hidden_layers: 0\n      bias: true\n"
    "      min_temperature: 0.0001\n    objective:\n"
    "      objective_type: categorical_dist\n      params: {}\n"
    "      weight: 1.0\n    extra_loss_terms: []\nkernel_sizes:\n- 2\nblocks:\n"
    "- 3\ndims_dilated:\n- 4\ndims_1x1: []\nresiduals_dim: null\n"
    "apply_residuals: false\nskips_dim: null\nwith_affine_residuals: false\n"
    "groups: 1\nact_f: Tanh\nact_g: null\npad_side: 1\nstride: 1\nbias: false\n"
    "use_fast_generate: true\ntie_io_weights: false\nlayerwise_inputs: false\n"
    "reverse_layer_order: false\n";
static const golden_tensor wavenet_plain_tensors[] = {
    {"input_modules.0.0.weight", 2, {8, 4}, 100},
    {"layers.0.conv_dil.0.weight", 3, {4, 4, 2}, 101},
    {"layers.1.conv_dil.0.weight", 3, {4, 4, 2}, 102},
    {"layers.2.conv_dil.0.weight", 3, {4, 4, 2}, 103},
    {"output_modules.0.estimator.0.min_temp", 1, {1}, 0},
    {"output_modules.0.estimator.0.fc.0.weight", 2, {4, 4}, 104},
    {"output_modules.0.estimator.0.fc.0.bias", 1, {4}, 105},
    {"output_modules.0.estimator.0.fc.2.weight", 2, {9, 4}, 106},
    {"output_modules.0.estimator.0.fc.2.bias", 1, {9}, 107},
};
static const double wavenet_plain_x[] = {
    3, 7, 6, 3, 5, 7, 4, 6, 5, 2, 7, 6, 6, 5, 4, 5, 4, 2, 4,
};
static const double wavenet_plain_y[] = {
    -1.9868206, 3.52447371, 0.0968740764, 2.60157593, 1.93584201, 0.955930283,
    -2.54570639, 1.67132863, -1.77487703, 3.14728225, 0.0215734085, 2.16970861,
    1.69483336, 1.14960094, -2.02211245, 1.69716107, -2.02810624, 3.34953852,
    -0.237632346, 2.10203443, 1.84018657, 0.870416574, -2.39409208, 2.11261613,
    -1.75057472, 3.2101436, -0.376144036, 2.12353965, 1.64478039, 1.00298082,
    -2.65116184, 1.94557109, -2.08871356, 3.5043373, -0.0347459378, 2.47421198,
    1.88047853, 0.868850493, -2.507101, 1.76287468, -1.89650645, 3.4750633,
    0.0750041086, 2.58105197, 1.90106781, 1.00714081, -2.57934485, 1.66072214,
    -1.97824161, 3.36072305, 0.159372406, 2.44367431, 1.81157331, 1.0369512,
    -2.11467841, 1.55697493, -0.945367214, 3.12175553, 2.14689351, 3.57982189,
    2.05346408, 2.3051403, -0.811923598, -0.19264637,
};
static const char wavenet_blockless_config[] =
    "type: WaveNet.Config\nio_spec:\n  inputs:\n  - extractor_name: signal\n"
    "    transform:\n      type: MuLawCompress\n      q_levels: 4\n"
    "      compression: 1.0\n    module:\n      type: EmbeddingIO\n"
    "      activation: null\n      dropout: 0.0\n      dropout1d: 0.0\n"
    "  targets:\n  - extractor_name: signal\n    transform:\n"
    "      type: MuLawCompress\n      q_levels: 4\n      compression: 1.0\n"
    "    module:\n      type: MLPIO\n      activation:\n        act: Mish\n"
    "        scaled: false\n        static: false\n        with_rate: false\n"
    "        params: {}\n      dropout: 0.0\n      dropout1d: 0.0\n"
    "      hidden_dim: 3\n      n_hidden_layers: 0\n      bias: true\n"
    "      min_temperature: 0.0001\n    objective:\n"
    "      objective_type: categorical_dist\n      params: {}\n"
    "      weight: 1.0\n    extra_loss_terms: []\nkernel_sizes:\n- 3\n- 1\n"
    "- 2\nblocks: []\ndims_dilated:\n- 3\ndims_1x1: []\nresiduals_dim: 3\n"
    "apply_residuals: false\nskips_dim: 2\nwith_affine_residuals: false\n"
    "groups: 1\nact_f: Tanh\nact_g: Sigmoid\npad_side: 0\nstride: 1\n"
    "bias: true\nuse_fast_generate: false\ntie_io_weights: false\n"
    "layerwise_inputs: false\nreverse_layer_order: false\n";
static const golden_tensor wavenet_blockless_tensors[] = {
    {"input_modules.0.0.weight", 2, {4, 3}, 100},
    {"layers.0.conv_dil.0.0.weight", 3, {6, 3, 3}, 101},
    {"layers.0.conv_dil.0.0.bias", 1, {6}, 102},
    {"layers.0.conv_skip.weight", 3, {2, 3, 1}, 103},
    {"layers.0.conv_skip.bias", 1, {2}, 104},
    {"layers.0.conv_res.weight", 3, {3, 3, 1}, 105},
    {"layers.0.conv_res.bias", 1, {3}, 106},
    {"layers.1.conv_dil.0.0.weight", 3, {6, 3, 1}, 107},
    {"layers.1.conv_dil.0.0.bias", 1, {6}, 108},
    {"layers.1.conv_skip.weight", 3, {2, 3, 1}, 109},
    {"layers.1.conv_skip.bias", 1, {2}, 110},
    {"layers.1.conv_res.weight", 3, {3, 3, 1}, 111},
    {"layers.1.conv_res.bias", 1, {3}, 112},
    {"layers.2.conv_dil.0.0.weight", 3, {6, 3, 2}, 113},
    {"layers.2.conv_dil.0.0.bias", 1, {6}, 114},
    {"layers.2.conv_skip.weight", 3, {2, 3, 1}, 115},
    {"layers.2.conv_skip.bias", 1, {2}, 116},
    {"layers.2.conv_res.weight", 3, {3, 3, 1}, 117},
    {"layers.2.conv_res.bias", 1, {3}, 118},
    {"output_modules.0.estimator.0.min_temp", 1, {1}, 0},
    {"output_modules.0.estimator.0.fc.0.weight", 2, {3, 2}, 119},
    {"output_modules.0.estimator.0.fc.0.bias", 1, {3}, 120},
    {"output_modules.0.estimator.0.fc.2.weight", 2, {5, 3}, 121},
    {"output_modules.0.estimator.0.fc.2.bias", 1, {5}, 122},
};
static const double wavenet_blockless_x[] = {
    1, 3, 3, 1, 2, 3, 2, 3, 2, 1, 3, 3, 3,
};
static const double wavenet_blockless_y[] = {
    1.02658855, -2.88310641, 0.919054935, 1.05857459, 1.19066574, -3.15356922,
    0.995887733, 1.89178663, 1.10485264, -2.99268904, 0.95183223, 1.47563057,
    1.30301707, -3.79788925, 1.16759632, 2.66785709,
};
static const char freqnet_demo_config[] =
    "type: WaveNet.Config\nio_spec:\n  inputs:\n  - extractor_name: signal\n"
    "    transform:\n      type: MagSpec\n      n_fft: 16\n"
    "      hop_length: 4\n      center: false\n      window: hann\n"
    "      pad_mode: constant\n      alignment: end\n    module:\n"
    "      type: ChunkedLinearIO\n      activation: null\n      dropout: 0.0\n"
    "      dropout1d: 0.0\n      bias: true\n      n_chunks: 1\n  targets:\n"
    "  - extractor_name: signal\n    transform:\n      type: MagSpec\n"
    "      n_fft: 16\n      hop_length: 4\n      center: false\n"
    "      window: hann\n      pad_mode: constant\n      alignment: end\n"
    "    module:\n      type: ChunkedLinearIO\n      activation:\n"
    "        act: Identity\n        scaled: false\n        static: false\n"
    "        with_rate: false\n        params: {}\n      dropout: 0.0\n"
    "      dropout1d: 0.0\n      bias: true\n      n_chunks: 1\n"
    "    objective:\n      objective_type: reconstruction\n      params: {}\n"
    "      weight: 1.0\n    extra_loss_terms: []\nkernel_sizes:\n- 2\nblocks:\n"
    "- 3\ndims_dilated:\n- 8\ndims_1x1: []\nresiduals_dim: null\n"
    "apply_residuals: false\nskips_dim: null\nwith_affine_residuals: false\n"
    "groups: 4\nact_f: Tanh\nact_g: Sigmoid\npad_side: 0\nstride: 1\n"
    "bias: true\nuse_fast_generate: false\ntie_io_weights: false\n"
    "layerwise_inputs: false\nreverse_layer_order: false\n";
static const golden_tensor freqnet_demo_tensors[] = {
    {"input_modules.0.0.weight", 2, {8, 9}, 100},
    {"input_modules.0.0.bias", 1, {8}, 101},
    {"layers.0.conv_dil.0.0.weight", 3, {16, 2, 2}, 102},
    {"layers.0.conv_dil.0.0.bias", 1, {16}, 103},
    {"layers.1.conv_dil.0.0.weight", 3, {16, 2, 2}, 104},
    {"layers.1.conv_dil.0.0.bias", 1, {16}, 105},
    {"layers.2.conv_dil.0.0.weight", 3, {16, 2, 2}, 106},
    {"layers.2.conv_dil.0.0.bias", 1, {16}, 107},
    {"output_modules.0.0.weight", 2, {9, 8}, 108},
    {"output_modules.0.0.bias", 1, {9}, 109},
};
static const double freqnet_demo_x[] = {
    0.0913668126, 0.750662646, 0.51568913, 0.0193732982, 0.477827833,
    0.773630376, 0.198393101, 0.548055932, 0.441558421, 0.271774681,
    0.762045934, 0.593923713, 0.702385698, 0.278060532, 0.245926761,
    0.369839369, 0.0376993828, 0.403751759, 0.15548517, 0.749199453,
    0.762470984, 0.452781617, 0.0319516757, 0.184029899, 0.191615458, 0.6569195,
    0.44688621, 0.629334102, 0.400771229, 0.963243228, 0.322904256, 0.884655093,
    0.369936366, 0.77548513, 0.411539717, 0.0942581818, 0.521233111,
    0.329706926, 0.189740126, 0.150232236, 0.272422253, 0.463941455,
    0.295713719, 0.132668491, 0.181716719, 0.308569838, 0.271795354,
    0.229811084, 0.106961094, 0.784692033, 0.249844975, 0.800644231,
    0.530821748, 0.850792336, 0.12820736, 0.44623548, 0.246301327, 0.581122304,
    0.249821659, 0.555015205, 0.258372683, 0.528530404, 0.924909737,
    0.972734175, 0.464221637, 0.350464507, 0.919480032, 0.915278032,
    0.788762119, 0.454172156, 0.67922489, 0.802458385, 0.42945328, 0.420560302,
    0.989908928, 0.299190481, 0.640695058, 0.448486129, 0.483108319,
    0.075196933, 0.891355663, 0.146443139, 0.0486135813, 0.66632796,
    0.285352703, 0.227713229, 0.655114799, 0.291838865, 0.869060739,
    0.0734707853, 0.100647753, 0.0733892033, 0.283031641, 0.337548774,
    0.233753134, 0.0423922678, 0.620662417, 0.929352613, 0.525961603,
    -0.853120226, -0.13362756, -0.400237319, -0.189920086, -0.224763148,
    0.0556620887, 0.139105666, -0.0439917837, -0.714760868, -0.83454845,
    -0.14584041, -0.396722911, -0.216763993, -0.197669046, 0.0443723088,
    0.148904425, 0.000345067456, -0.717850398, -0.865779908, -0.143437973,
    -0.374966568, -0.201093272, -0.223142784, 0.0471051746, 0.146793047,
    -0.0359192157, -0.708073195, -0.851003904, -0.165288464, -0.379464521,
    -0.205313778, -0.213868214, 0.045371173, 0.148165016, -0.00888445291,
    -0.71413386, -0.867373019, -0.17334669, -0.341304135, -0.197034341,
    -0.213555264, 0.0454719998, 0.12731539, -0.0276565224, -0.727644487,
    -0.871518849, -0.187807108, -0.354421697, -0.189871453, -0.229010935,
    0.0577360481, 0.132274619, -0.0328115445, -0.704486589,
};
static const double freqnet_demo_y[] = {
    -0.853120226, -0.13362756, -0.400237319, -0.189920086, -0.224763148,
    0.0556620887, 0.139105666, -0.0439917837, -0.714760868, -0.83454845,
    -0.14584041, -0.396722911, -0.216763993, -0.197669046, 0.0443723088,
    0.148904425, 0.000345067456, -0.717850398, -0.865779908, -0.143437973,
    -0.374966568, -0.201093272, -0.223142784, 0.0471051746, 0.146793047,
    -0.0359192157, -0.708073195, -0.851003904, -0.165288464, -0.379464521,
    -0.205313778, -0.213868214, 0.045371173, 0.148165016, -0.00888445291,
    -0.71413386, -0.867373019, -0.17334669, -0.341304135, -0.197034341,
    -0.213555264, 0.0454719998, 0.12731539, -0.0276565224, -0.727644487,
    -0.871518849, -0.187807108, -0.354421697, -0.189871453, -0.229010935,
    0.0577360481, 0.132274619, -0.0328115445, -0.704486589,
};
static const char freqnet_rich_config[] =
    "type: WaveNet.Config\nio_spec:\n  inputs:\n  - extractor_name: signal\n"
    "    transform:\n      type: MagSpec\n      n_fft: 16\n"
    "      hop_length: 4\n      center: false\n      window: hann\n"
    "      pad_mode: constant\n      alignment: end\n    module:\n"
    "      type: ChunkedLinearIO\n      activation: null\n      dropout: 0.0\n"
    "      dropout1d: 0.0\n      bias: true\n      n_chunks: 2\n  targets:\n"
    "  - extractor_name: signal\n    transform:\n      type: MagSpec\n"
    "      n_fft: 16\n      hop_length: 4\n      center: false\n"
    "      window: hann\n      pad_mode: constant\n      alignment: end\n"
    "    module:\n      type: ChunkedLinearIO\n      activation:\n"
    "        act: Abs\n        scaled: false\n        static: false\n"
    "        with_rate: false\n        params: {}\n      dropout: 0.0\n"
    "      dropout1d: 0.0\n      bias: true\n      n_chunks: 2\n"
    "    objective:\n      objective_type: reconstruction\n      params: {}\n"
    "      weight: 1.0\n    extra_loss_terms: []\nkernel_sizes:\n- 3\n- 2\n"
    "blocks:\n- 2\n- 2\ndims_dilated:\n- 4\ndims_1x1: []\nresiduals_dim: 4\n"
    "apply_residuals: false\nskips_dim: 5\nwith_affine_residuals: false\n"
    "groups: 1\nact_f: Tanh\nact_g: Sigmoid\npad_side: 0\nstride: 1\n"
    "bias: true\nuse_fast_generate: false\ntie_io_weights: false\n"
    "layerwise_inputs: false\nreverse_layer_order: false\n";
static const golden_tensor freqnet_rich_tensors[] = {
    {"input_modules.0.0.weight", 2, {8, 9}, 100},
    {"input_modules.0.0.bias", 1, {8}, 101},
    {"layers.0.conv_dil.0.0.weight", 3, {8, 4, 3}, 102},
    {"layers.0.conv_dil.0.0.bias", 1, {8}, 103},
    {"layers.0.conv_skip.weight", 3, {5, 4, 1}, 104},
    {"layers.0.conv_skip.bias", 1, {5}, 105},
    {"layers.0.conv_res.weight", 3, {4, 4, 1}, 106},
    {"layers.0.conv_res.bias", 1, {4}, 107},
    {"layers.1.conv_dil.0.0.weight", 3, {8, 4, 2}, 108},
    {"layers.1.conv_dil.0.0.bias", 1, {8}, 109},
    {"layers.1.conv_skip.weight", 3, {5, 4, 1}, 110},
    {"layers.1.conv_skip.bias", 1, {5}, 111},
    {"layers.1.conv_res.weight", 3, {4, 4, 1}, 112},
    {"layers.1.conv_res.bias", 1, {4}, 113},
    {"layers.2.conv_dil.0.0.weight", 3, {8, 4, 3}, 114},
    {"layers.2.conv_dil.0.0.bias", 1, {8}, 115},
    {"layers.2.conv_skip.weight", 3, {5, 4, 1}, 116},
    {"layers.2.conv_skip.bias", 1, {5}, 117},
    {"layers.2.conv_res.weight", 3, {4, 4, 1}, 118},
    {"layers.2.conv_res.bias", 1, {4}, 119},
    {"layers.3.conv_dil.0.0.weight", 3, {8, 4, 2}, 120},
    {"layers.3.conv_dil.0.0.bias", 1, {8}, 121},
    {"layers.3.conv_skip.weight", 3, {5, 4, 1}, 122},
    {"layers.3.conv_skip.bias", 1, {5}, 123},
    {"output_modules.0.0.weight", 2, {18, 5}, 124},
    {"output_modules.0.0.bias", 1, {18}, 125},
};
static const double freqnet_rich_x[] = {
    0.0913668126, 0.750662646, 0.51568913, 0.0193732982, 0.477827833,
    0.773630376, 0.198393101, 0.548055932, 0.441558421, 0.271774681,
    0.762045934, 0.593923713, 0.702385698, 0.278060532, 0.245926761,
    0.369839369, 0.0376993828, 0.403751759, 0.15548517, 0.749199453,
    0.762470984, 0.452781617, 0.0319516757, 0.184029899, 0.191615458, 0.6569195,
    0.44688621, 0.629334102, 0.400771229, 0.963243228, 0.322904256, 0.884655093,
    0.369936366, 0.77548513, 0.411539717, 0.0942581818, 0.521233111,
    0.329706926, 0.189740126, 0.150232236, 0.272422253, 0.463941455,
    0.295713719, 0.132668491, 0.181716719, 0.308569838, 0.271795354,
    0.229811084, 0.106961094, 0.784692033, 0.249844975, 0.800644231,
    0.530821748, 0.850792336, 0.12820736, 0.44623548, 0.246301327, 0.581122304,
    0.249821659, 0.555015205, 0.258372683, 0.528530404, 0.924909737,
    0.972734175, 0.464221637, 0.350464507, 0.919480032, 0.915278032,
    0.788762119, 0.454172156, 0.67922489, 0.802458385, 0.42945328, 0.420560302,
    0.989908928, 0.299190481, 0.640695058, 0.448486129, 0.483108319,
    0.075196933, 0.891355663, 0.146443139, 0.0486135813, 0.66632796,
    0.285352703, 0.227713229, 0.655114799, 0.291838865, 0.869060739,
    0.0734707853, 0.100647753, 0.0733892033, 0.283031641, 0.337548774,
    0.233753134, 0.0423922678, 0.620662417, 0.929352613, 0.525961603,
    0.0115897935, 0.621730676, 0.0849692388, 0.478502294, 0.60968445,
    0.222086174, 0.561407106, 0.0701304725, 0.661342955, 0.645689551,
    0.515661558, 0.884186544, 0.537595775, 0.708869619, 0.803078893,
    0.623690434, 0.408993358, 0.835985358, 0.0244859476, 0.757360339,
    0.716508282, 0.582807611, 0.0871284553, 0.0341841211, 0.331637756,
    0.822556458, 0.209384451, 1.42809501, 0.186515708, 1.44457704, 0.894424732,
    0.199438049, 0.865255209, 1.37391527, 0.467520673, 0.306801597, 2.69621719,
    0.302811243, 1.45977691, 2.4127372, 1.00193811, 0.434233932, 1.53858958,
    0.540531529, 1.11424383, 1.87791262, 0.322792352, 2.27344662, 1.7289574,
    0.151631292, 1.43820297, 2.82449541, 0.764180463, 1.39217287, 3.8687097,
    1.68528486, 0.323195861, 3.93093504, 1.93929661, 0.589923124, 1.55346457,
    0.180007794, 1.15715047, 1.77272493, 0.43813643, 2.74683164, 1.36521176,
    0.151395796, 1.56176914, 4.48960856, 0.111494624, 1.63348777, 4.14483166,
    2.04256552, 0.131290561, 4.16332739, 2.12311442, 0.795773106, 1.55770965,
    0.349362558, 1.09557313,
};
static const double freqnet_rich_y[] = {
    1.42809501, 0.186515708, 1.44457704, 0.894424732, 0.199438049, 0.865255209,
    1.37391527, 0.467520673, 0.306801597, 2.69621719, 0.302811243, 1.45977691,
    2.4127372, 1.00193811, 0.434233932, 1.53858958, 0.540531529, 1.11424383,
    1.87791262, 0.322792352, 2.27344662, 1.7289574, 0.151631292, 1.43820297,
    2.82449541, 0.764180463, 1.39217287, 3.8687097, 1.68528486, 0.323195861,
    3.93093504, 1.93929661, 0.589923124, 1.55346457, 0.180007794, 1.15715047,
    1.77272493, 0.43813643, 2.74683164, 1.36521176, 0.151395796, 1.56176914,
    4.48960856, 0.111494624, 1.63348777, 4.14483166, 2.04256552, 0.131290561,
    4.16332739, 2.12311442, 0.795773106, 1.55770965, 0.349362558, 1.09557313,
};
static const char freqnet_skips_config[] =
    "type: WaveNet.Config\nio_spec:\n  inputs:\n  - extractor_name: signal\n"
    "    transform:\n      type: MagSpec\n      n_fft: 16\n"
    "      hop_length: 4\n      center: false\n      window: hann\n"
    "      pad_mode: constant\n      alignment: end\n    module:\n"
    "      type: ChunkedLinearIO\n      activation: null\n      dropout: 0.0\n"
    "      dropout1d: 0.0\n      bias: true\n      n_chunks: 1\n  targets:\n"
    "  - extractor_name: signal\n    transform:\n      type: MagSpec\n"
    "      n_fft: 16\n      hop_length: 4\n      center: false\n"
    "      window: hann\n      pad_mode: constant\n      alignment: end\n"
    "    module:\n      type: ChunkedLinearIO\n      activation:\n"
    "        act: ReLU\n        scaled: false\n        static: false\n"
    "        with_rate: false\n        params: {}\n      dropout: 0.0\n"
    "      dropout1d: 0.0\n      bias: true\n      n_chunks: 1\n"
    "    objective:\n      objective_type: reconstruction\n      params: {}\n"
    "      weight: 1.0\n    extra_loss_terms: []\nkernel_sizes:\n- 2\nblocks:\n"
    "- 2\ndims_dilated:\n- 4\ndims_1x1: []\nresiduals_dim: 7\n"
    "apply_residuals: false\nskips_dim: 3\nwith_affine_residuals: false\n"
    "groups: 1\nact_f: Tanh\nact_g: Sigmoid\npad_side: 0\nstride: 1\n"
    "bias: true\nuse_fast_generate: false\ntie_io_weights: false\n"
    "layerwise_inputs: false\nreverse_layer_order: false\n";
static const golden_tensor freqnet_skips_tensors[] = {
    {"input_modules.0.0.weight", 2, {4, 9}, 100},
    {"input_modules.0.0.bias", 1, {4}, 101},
    {"layers.0.conv_dil.0.0.weight", 3, {8, 4, 2}, 102},
    {"layers.0.conv_dil.0.0.bias", 1, {8}, 103},
    {"layers.0.conv_skip.weight", 3, {3, 4, 1}, 104},
    {"layers.0.conv_skip.bias", 1, {3}, 105},
    {"layers.1.conv_dil.0.0.weight", 3, {8, 4, 2}, 106},
    {"layers.1.conv_dil.0.0.bias", 1, {8}, 107},
    {"layers.1.conv_skip.weight", 3, {3, 4, 1}, 108},
    {"layers.1.conv_skip.bias", 1, {3}, 109},
    {"output_modules.0.0.weight", 2, {9, 3}, 110},
    {"output_modules.0.0.bias", 1, {9}, 111},
};
static const double freqnet_skips_x[] = {
    0.0913668126, 0.750662646, 0.51568913, 0.0193732982, 0.477827833,
    0.773630376, 0.198393101, 0.548055932, 0.441558421, 0.271774681,
    0.762045934, 0.593923713, 0.702385698, 0.278060532, 0.245926761,
    0.369839369, 0.0376993828, 0.403751759, 0.15548517, 0.749199453,
    0.762470984, 0.452781617, 0.0319516757, 0.184029899, 0.191615458, 0.6569195,
    0.44688621, 0.629334102, 0.400771229, 0.963243228, 0.322904256, 0.884655093,
    0.369936366, 0.77548513, 0.411539717, 0.0942581818, 0.521233111,
    0.329706926, 0.189740126, 0.150232236, 0.272422253, 0.463941455,
    0.295713719, 0.132668491, 0.181716719, 0.308569838, 0.271795354,
    0.229811084, 0.106961094, 0.784692033, 0.249844975, 0.800644231,
    0.530821748, 0.850792336, 0.12820736, 0.44623548, 0.246301327, 0.581122304,
    0.249821659, 0.555015205, 0.258372683, 0.528530404, 0.924909737,
    0.595841919, 0.247141353, 0, 0, 0, 0, 0, 1.43318947, 0.849507454,
    0.472029428, 0.208711378, 0.168279514, 0, 0, 0, 0, 1.22733017, 0.884909244,
    0.56391963, 0.251334073, 0, 0, 0, 0, 0, 1.39514753, 0.849566502,
    0.547743493, 0.295844532, 0, 0, 0, 0, 0, 1.41492125, 0.851458573,
    0.559304252, 0.255117173, 0, 0, 0, 0, 0, 1.39253996, 0.849877513,
    0.560032887, 0.255485238, 0, 0, 0, 0, 0, 1.39390795, 0.849553188,
};
static const double freqnet_skips_y[] = {
    0.595841919, 0.247141353, 0, 0, 0, 0, 0, 1.43318947, 0.849507454,
    0.472029428, 0.208711378, 0.168279514, 0, 0, 0, 0, 1.22733017, 0.884909244,
    0.56391963, 0.251334073, 0, 0, 0, 0, 0, 1.39514753, 0.849566502,
    0.547743493, 0.295844532, 0, 0, 0, 0, 0, 1.41492125, 0.851458573,
    0.559304252, 0.255117173, 0, 0, 0, 0, 0, 1.39253996, 0.849877513,
    0.560032887, 0.255485238, 0, 0, 0, 0, 0, 1.39390795, 0.849553188,
};
static const char seq2seq_demo_config[] =
    "type: Seq2SeqLSTMNetwork.Config\nio_spec:\n  inputs:\n"
    "  - extractor_name: signal\n    transform:\n      type: MagSpec\n"
    "      n_fft: 16\n      hop_length: 4\n      center: false\n"
    "      window: hann\n      pad_mode: constant\n      alignment: end\n"
    "    module:\n      type: ChunkedLinearIO\n      activation: null\n"
    "      dropout: 0.0\n      dropout1d: 0.0\n      bias: true\n"
    "      n_chunks: 1\n  targets:\n  - extractor_name: signal\n"
    "    transform:\n      type: MagSpec\n      n_fft: 16\n"
    "      hop_length: 4\n      center: false\n      window: hann\n"
    "      pad_mode: constant\n      alignment: end\n    module:\n"
    "      type: ChunkedLinearIO\n      activation:\n        act: Identity\n"
    "        scaled: false\n        static: false\n        with_rate: false\n"
    "        params: {}\n      dropout: 0.0\n      dropout1d: 0.0\n"
    "      bias: true\n      n_chunks: 1\n    objective:\n"
    "      objective_type: reconstruction\n      params: {}\n"
    "      weight: 1.0\n    extra_loss_terms: []\nmodel_dim: 6\n"
    "enc_downsampling: edge_sum\nenc_n_lstm: 2\nenc_apply_residuals: true\n"
    "enc_weight_norm: false\ndec_upsampling: repeat\ndec_n_lstm: 2\n"
    "dec_apply_residuals: true\ndec_weight_norm: false\nhop: 4\n";
static const golden_tensor seq2seq_demo_tensors[] = {
    {"enc.lstm.0.weight_ih_l0", 2, {24, 9}, 100},
    {"enc.lstm.0.weight_hh_l0", 2, {24, 6}, 101},
    {"enc.lstm.0.bias_ih_l0", 1, {24}, 102},
    {"enc.lstm.0.bias_hh_l0", 1, {24}, 103},
    {"enc.lstm.0.weight_ih_l0_reverse", 2, {24, 9}, 104},
    {"enc.lstm.0.weight_hh_l0_reverse", 2, {24, 6}, 105},
    {"enc.lstm.0.bias_ih_l0_reverse", 1, {24}, 106},
    {"enc.lstm.0.bias_hh_l0_reverse", 1, {24}, 107},
    {"enc.lstm.1.weight_ih_l0", 2, {24, 6}, 108},
    {"enc.lstm.1.weight_hh_l0", 2, {24, 6}, 109},
    {"enc.lstm.1.bias_ih_l0", 1, {24}, 110},
    {"enc.lstm.1.bias_hh_l0", 1, {24}, 111},
    {"enc.lstm.1.weight_ih_l0_reverse", 2, {24, 6}, 112},
    {"enc.lstm.1.weight_hh_l0_reverse", 2, {24, 6}, 113},
    {"enc.lstm.1.bias_ih_l0_reverse", 1, {24}, 114},
    {"enc.lstm.1.bias_hh_l0_reverse", 1, {24}, 115},
    {"enc.fc_out.weight", 2, {6, 6}, 116},
    {"dec.lstm.0.weight_ih_l0_g", 2, {24, 1}, 117},
    {"dec.lstm.0.weight_ih_l0_v", 2, {24, 6}, 118},
    {"dec.lstm.0.weight_hh_l0_g", 2, {24, 1}, 119},
    {"dec.lstm.0.weight_hh_l0_v", 2, {24, 6}, 120},
    {"dec.lstm.0.bias_ih_l0_g", 1, {24}, 121},
    {"dec.lstm.0.bias_ih_l0_v", 1, {24}, 122},
    {"dec.lstm.0.bias_hh_l0_g", 1, {24}, 123},
    {"dec.lstm.0.bias_hh_l0_v", 1, {24}, 124},
    {"dec.lstm.0.weight_ih_l0_reverse_g", 2, {24, 1}, 125},
    {"dec.lstm.0.weight_ih_l0_reverse_v", 2, {24, 6}, 126},
    {"dec.lstm.0.weight_hh_l0_reverse_g", 2, {24, 1}, 127},
    {"dec.lstm.0.weight_hh_l0_reverse_v", 2, {24, 6}, 128},
    {"dec.lstm.0.bias_ih_l0_reverse_g", 1, {24}, 129},
    {"dec.lstm.0.bias_ih_l0_reverse_v", 1, {24}, 130},
    {"dec.lstm.0.bias_hh_l0_reverse_g", 1, {24}, 131},
    {"dec.lstm.0.bias_hh_l0_reverse_v", 1, {24}, 132},
    {"dec.lstm.1.weight_ih_l0_g", 2, {24, 1}, 133},
    {"dec.lstm.1.weight_ih_l0_v", 2, {24, 6}, 134},
    {"dec.lstm.1.weight_hh_l0_g", 2, {24, 1}, 135},
    {"dec.lstm.1.weight_hh_l0_v", 2, {24, 6}, 136},
    {"dec.lstm.1.bias_ih_l0_g", 1, {24}, 137},
    {"dec.lstm.1.bias_ih_l0_v", 1, {24}, 138},
    {"dec.lstm.1.bias_hh_l0_g", 1, {24}, 139},
    {"dec.lstm.1.bias_hh_l0_v", 1, {24}, 140},
    {"dec.lstm.1.weight_ih_l0_reverse_g", 2, {24, 1}, 141},
    {"dec.lstm.1.weight_ih_l0_reverse_v", 2, {24, 6}, 142},
    {"dec.lstm.1.weight_hh_l0_reverse_g", 2, {24, 1}, 143},
    {"dec.lstm.1.weight_hh_l0_reverse_v", 2, {24, 6}, 144},
    {"dec.lstm.1.bias_ih_l0_reverse_g", 1, {24}, 145},
    {"dec.lstm.1.bias_ih_l0_reverse_v", 1, {24}, 146},
    {"dec.lstm.1.bias_hh_l0_reverse_g", 1, {24}, 147},
    {"dec.lstm.1.bias_hh_l0_reverse_v", 1, {24}, 148},
    {"output_module.heads.0.0.weight", 2, {9, 6}, 149},
    {"output_module.heads.0.0.bias", 1, {9}, 150},
};
static const double seq2seq_demo_x[] = {
    0.0913668126, 0.750662646, 0.51568913, 0.0193732982, 0.477827833,
    0.773630376, 0.198393101, 0.548055932, 0.441558421, 0.271774681,
    0.762045934, 0.593923713, 0.702385698, 0.278060532, 0.245926761,
    0.369839369, 0.0376993828, 0.403751759, 0.15548517, 0.749199453,
    0.762470984, 0.452781617, 0.0319516757, 0.184029899, 0.191615458, 0.6569195,
    0.44688621, 0.629334102, 0.400771229, 0.963243228, 0.322904256, 0.884655093,
    0.369936366, 0.77548513, 0.411539717, 0.0942581818, 0.521233111,
    0.329706926, 0.189740126, 0.150232236, 0.272422253, 0.463941455,
    0.295713719, 0.132668491, 0.181716719, 0.308569838, 0.271795354,
    0.229811084, 0.106961094, 0.784692033, 0.249844975, 0.800644231,
    0.530821748, 0.850792336, 0.12820736, 0.44623548, 0.246301327, 0.581122304,
    0.249821659, 0.555015205, 0.258372683, 0.528530404, 0.924909737,
    0.972734175, 0.464221637, 0.350464507, 0.919480032, 0.915278032,
    0.788762119, 0.454172156, 0.67922489, 0.802458385, 4.55363188, 1.50756706,
    0.463336332, -0.245200112, -4.08833908, 1.89922626, 1.61103692, 1.76803012,
    -0.515234431, 4.5747167, 1.43466113, 0.423676685, -0.136565286, -4.07991757,
    1.88423209, 1.67070303, 1.65835275, -0.43460609, 4.46019848, 1.35021771,
    0.24490985, -0.0540991902, -4.20108866, 1.83740549, 1.82539371, 1.44137148,
    -0.295632241, 4.22423393, 1.19790969, -0.108352744, 0.0897743771,
    -4.39590321, 1.76750956, 2.06511906, 1.07053642, -0.0767130226, 5.25843067,
    1.42868971, 0.62126083, 0.300448892, -3.56210804, 2.73548578, -0.26253561,
    3.80331385, -0.298176738, 5.32940996, 1.29618846, 0.62119859, 0.497597536,
    -3.48160009, 2.72877937, -0.218008876, 3.6744941, -0.230043285, 5.27266418,
    1.18184601, 0.393353489, 0.659691462, -3.52185999, 2.72272915, -0.120083544,
    3.47156373, -0.0757856555, 5.04668388, 1.01121964, -0.0826373085,
    0.867529649, -3.63652998, 2.67761641, 0.0876153992, 3.05231688, 0.181977066,
};
static const double seq2seq_demo_y[] = {
    4.55363188, 1.50756706, 0.463336332, -0.245200112, -4.08833908, 1.89922626,
    1.61103692, 1.76803012, -0.515234431, 4.5747167, 1.43466113, 0.423676685,
    -0.136565286, -4.07991757, 1.88423209, 1.67070303, 1.65835275, -0.43460609,
    4.46019848, 1.35021771, 0.24490985, -0.0540991902, -4.20108866, 1.83740549,
    1.82539371, 1.44137148, -0.295632241, 4.22423393, 1.19790969, -0.108352744,
    0.0897743771, -4.39590321, 1.76750956, 2.06511906, 1.07053642,
    -0.0767130226, 5.25843067, 1.42868971, 0.62126083, 0.300448892, -3.56210804,
    2.73548578, -0.26253561, 3.80331385, -0.298176738, 5.32940996, 1.29618846,
    0.62119859, 0.497597536, -3.48160009, 2.72877937, -0.218008876, 3.6744941,
    -0.230043285, 5.27266418, 1.18184601, 0.393353489, 0.659691462, -3.52185999,
    2.72272915, -0.120083544, 3.47156373, -0.0757856555, 5.04668388, 1.01121964,
    -0.0826373085, 0.867529649, -3.63652998, 2.67761641, 0.0876153992,
    3.05231688, 0.181977066,
};
static const char seq2seq_linear_config[] =
    "type: Seq2SeqLSTMNetwork.Config\nio_spec:\n  inputs:\n"
    "  - extractor_name: signal\n    transform:\n      type: MagSpec\n"
    "      n_fft: 16\n      hop_length: 4\n      center: false\n"
    "      window: hann\n      pad_mode: constant\n      alignment: end\n"
    "    module:\n      type: ChunkedLinearIO\n      activation: null\n"
    "      dropout: 0.0\n      dropout1d: 0.0\n      bias: true\n"
    "      n_chunks: 1\n  targets:\n  - extractor_name: signal\n"
    "    transform:\n      type: MagSpec\n      n_fft: 16\n"
    "      hop_length: 4\n      center: false\n      window: hann\n"
    "      pad_mode: constant\n      alignment: end\n    module:\n"
    "      type: ChunkedLinearIO\n      activation:\n        act: Abs\n"
    "        scaled: false\n        static: false\n        with_rate: false\n"
    "        params: {}\n      dropout: 0.0\n      dropout1d: 0.0\n"
    "      bias: true\n      n_chunks: 1\n    objective:\n"
    "      objective_type: reconstruction\n      params: {}\n"
    "      weight: 1.0\n    extra_loss_terms: []\nmodel_dim: 6\n"
    "enc_downsampling: linear_resample\nenc_n_lstm: 1\n"
    "enc_apply_residuals: false\nenc_weight_norm: true\n"
    "dec_upsampling: linear_resample\ndec_n_lstm: 1\n"
    "dec_apply_residuals: false\ndec_weight_norm: true\nhop: 3\n";
static const golden_tensor seq2seq_linear_tensors[] = {
    {"enc.lstm.0.weight_ih_l0_g", 2, {24, 1}, 100},
    {"enc.lstm.0.weight_ih_l0_v", 2, {24, 9}, 101},
    {"enc.lstm.0.weight_hh_l0_g", 2, {24, 1}, 102},
    {"enc.lstm.0.weight_hh_l0_v", 2, {24, 6}, 103},
    {"enc.lstm.0.bias_ih_l0_g", 1, {24}, 104},
    {"enc.lstm.0.bias_ih_l0_v", 1, {24}, 105},
    {"enc.lstm.0.bias_hh_l0_g", 1, {24}, 106},
    {"enc.lstm.0.bias_hh_l0_v", 1, {24}, 107},
    {"enc.lstm.0.weight_ih_l0_reverse_g", 2, {24, 1}, 108},
    {"enc.lstm.0.weight_ih_l0_reverse_v", 2, {24, 9}, 109},
    {"enc.lstm.0.weight_hh_l0_reverse_g", 2, {24, 1}, 110},
    {"enc.lstm.0.weight_hh_l0_reverse_v", 2, {24, 6}, 111},
    {"enc.lstm.0.bias_ih_l0_reverse_g", 1, {24}, 112},
    {"enc.lstm.0.bias_ih_l0_reverse_v", 1, {24}, 113},
    {"enc.lstm.0.bias_hh_l0_reverse_g", 1, {24}, 114},
    {"enc.lstm.0.bias_hh_l0_reverse_v", 1, {24}, 115},
    {"enc.fc.fc.weight_g", 2, {2, 1}, 116},
    {"enc.fc.fc.weight_v", 2, {2, 6}, 117},
    {"enc.fc.fc.bias_g", 1, {2}, 118},
    {"enc.fc.fc.bias_v", 1, {2}, 119},
    {"enc.fc_out.weight_g", 2, {6, 1}, 120},
    {"enc.fc_out.weight_v", 2, {6, 6}, 121},
    {"dec.lstm.0.weight_ih_l0", 2, {24, 6}, 122},
    {"dec.lstm.0.weight_hh_l0", 2, {24, 6}, 123},
    {"dec.lstm.0.bias_ih_l0", 1, {24}, 124},
    {"dec.lstm.0.bias_hh_l0", 1, {24}, 125},
    {"dec.lstm.0.weight_ih_l0_reverse", 2, {24, 6}, 126},
    {"dec.lstm.0.weight_hh_l0_reverse", 2, {24, 6}, 127},
    {"dec.lstm.0.bias_ih_l0_reverse", 1, {24}, 128},
    {"dec.lstm.0.bias_hh_l0_reverse", 1, {24}, 129},
    {"dec.fc.fc.weight", 2, {18, 6}, 130},
    {"dec.fc.fc.bias", 1, {18}, 131},
    {"output_module.heads.0.0.weight", 2, {9, 6}, 132},
    {"output_module.heads.0.0.bias", 1, {9}, 133},
};
static const double seq2seq_linear_x[] = {
    0.0913668126, 0.750662646, 0.51568913, 0.0193732982, 0.477827833,
    0.773630376, 0.198393101, 0.548055932, 0.441558421, 0.271774681,
    0.762045934, 0.593923713, 0.702385698, 0.278060532, 0.245926761,
    0.369839369, 0.0376993828, 0.403751759, 0.15548517, 0.749199453,
    0.762470984, 0.452781617, 0.0319516757, 0.184029899, 0.191615458, 0.6569195,
    0.44688621, 0.629334102, 0.400771229, 0.963243228, 0.322904256, 0.884655093,
    0.369936366, 0.77548513, 0.411539717, 0.0942581818, 0.521233111,
    0.329706926, 0.189740126, 0.150232236, 0.272422253, 0.463941455,
    0.295713719, 0.132668491, 0.181716719, 0.308569838, 0.271795354,
    0.229811084, 0.106961094, 0.784692033, 0.249844975, 0.800644231,
    0.530821748, 0.850792336, 0.0416262355, 0.174862424, 0.383541757,
    0.612129974, 0.50285759, 0.941832006, 0.635877387, 0.983790454, 0.79310458,
    0.185625642, 0.128773388, 1.0321573, 0.323859096, 0.904637059, 0.768906747,
    1.54099081, 0.613048201, 1.18713945, 0.227584784, 0.351304318, 1.27149547,
    0.248679572, 0.742040098, 0.417194889, 1.50081236, 0.68972727, 0.635024044,
    0.00241063492, 0.160551744, 0.425613408, 0.617833175, 0.570328329,
    0.99150102, 0.698933701, 0.9752321, 0.852680306, 0.177259405, 0.113957485,
    1.11149221, 0.202431602, 0.876278866, 0.733077099, 1.61921938, 0.628047678,
    1.16872335, 0.20941909, 0.330090817, 1.24212955, 0.218159942, 0.727240093,
    0.465539551, 1.47578411, 0.702685761, 0.664730596,
};
static const double seq2seq_linear_y[] = {
    0.0416262355, 0.174862424, 0.383541757, 0.612129974, 0.50285759,
    0.941832006, 0.635877387, 0.983790454, 0.79310458, 0.185625642, 0.128773388,
    1.0321573, 0.323859096, 0.904637059, 0.768906747, 1.54099081, 0.613048201,
    1.18713945, 0.227584784, 0.351304318, 1.27149547, 0.248679572, 0.742040098,
    0.417194889, 1.50081236, 0.68972727, 0.635024044, 0.00241063492,
    0.160551744, 0.425613408, 0.617833175, 0.570328329, 0.99150102, 0.698933701,
    0.9752321, 0.852680306, 0.177259405, 0.113957485, 1.11149221, 0.202431602,
    0.876278866, 0.733077099, 1.61921938, 0.628047678, 1.16872335, 0.20941909,
    0.330090817, 1.24212955, 0.218159942, 0.727240093, 0.465539551, 1.47578411,
    0.702685761, 0.664730596,
};
static const char seq2seq_odd_config[] =
    "type: Seq2SeqLSTMNetwork.Config\nio_spec:\n  inputs:\n"
    "  - extractor_name: signal\n    transform:\n      type: MagSpec\n"
    "      n_fft: 16\n      hop_length: 4\n      center: false\n"
    "      window: hann\n      pad_mode: constant\n      alignment: end\n"
    "    module:\n      type: ChunkedLinearIO\n      activation: null\n"
    "      dropout: 0.0\n      dropout1d: 0.0\n      bias: true\n"
    "      n_chunks: 1\n  targets:\n  - extractor_name: signal\n"
    "    transform:\n      type: MagSpec\n      n_fft: 16\n"
    "      hop_length: 4\n      center: false\n      window: hann\n"
    "      pad_mode: constant\n      alignment: end\n    module:\n"
    "      type: ChunkedLinearIO\n      activation:\n        act: Softplus\n"
    "        scaled: false\n        static: false\n        with_rate: false\n"
    "        params: {}\n      dropout: 0.0\n      dropout1d: 0.0\n"
    "      bias: true\n      n_chunks: 1\n    objective:\n"
    "      objective_type: reconstruction\n      params: {}\n"
    "      weight: 1.0\n    extra_loss_terms: []\nmodel_dim: 5\n"
    "enc_downsampling: edge_mean\nenc_n_lstm: 2\nenc_apply_residuals: false\n"
    "enc_weight_norm: false\ndec_upsampling: interp\ndec_n_lstm: 1\n"
    "dec_apply_residuals: false\ndec_weight_norm: false\nhop: 5\n";
static const golden_tensor seq2seq_odd_tensors[] = {
    {"enc.lstm.0.weight_ih_l0", 2, {20, 9}, 100},
    {"enc.lstm.0.weight_hh_l0", 2, {20, 5}, 101},
    {"enc.lstm.0.bias_ih_l0", 1, {20}, 102},
    {"enc.lstm.0.bias_hh_l0", 1, {20}, 103},
    {"enc.lstm.0.weight_ih_l0_reverse", 2, {20, 9}, 104},
    {"enc.lstm.0.weight_hh_l0_reverse", 2, {20, 5}, 105},
    {"enc.lstm.0.bias_ih_l0_reverse", 1, {20}, 106},
    {"enc.lstm.0.bias_hh_l0_reverse", 1, {20}, 107},
    {"enc.lstm.1.weight_ih_l0", 2, {20, 5}, 108},
    {"enc.lstm.1.weight_hh_l0", 2, {20, 5}, 109},
    {"enc.lstm.1.bias_ih_l0", 1, {20}, 110},
    {"enc.lstm.1.bias_hh_l0", 1, {20}, 111},
    {"enc.lstm.1.weight_ih_l0_reverse", 2, {20, 5}, 112},
    {"enc.lstm.1.weight_hh_l0_reverse", 2, {20, 5}, 113},
    {"enc.lstm.1.bias_ih_l0_reverse", 1, {20}, 114},
    {"enc.lstm.1.bias_hh_l0_reverse", 1, {20}, 115},
    {"enc.fc_out.weight", 2, {5, 5}, 116},
    {"dec.lstm.0.weight_ih_l0", 2, {20, 5}, 117},
    {"dec.lstm.0.weight_hh_l0", 2, {20, 5}, 118},
    {"dec.lstm.0.bias_ih_l0", 1, {20}, 119},
    {"dec.lstm.0.bias_hh_l0", 1, {20}, 120},
    {"dec.lstm.0.weight_ih_l0_reverse", 2, {20, 5}, 121},
    {"dec.lstm.0.weight_hh_l0_reverse", 2, {20, 5}, 122},
    {"dec.lstm.0.bias_ih_l0_reverse", 1, {20}, 123},
    {"dec.lstm.0.bias_hh_l0_reverse", 1, {20}, 124},
    {"output_module.heads.0.0.weight", 2, {9, 5}, 125},
    {"output_module.heads.0.0.bias", 1, {9}, 126},
};
static const double seq2seq_odd_x[] = {
    0.0913668126, 0.750662646, 0.51568913, 0.0193732982, 0.477827833,
    0.773630376, 0.198393101, 0.548055932, 0.441558421, 0.271774681,
    0.762045934, 0.593923713, 0.702385698, 0.278060532, 0.245926761,
    0.369839369, 0.0376993828, 0.403751759, 0.15548517, 0.749199453,
    0.762470984, 0.452781617, 0.0319516757, 0.184029899, 0.191615458, 0.6569195,
    0.44688621, 0.629334102, 0.400771229, 0.963243228, 0.322904256, 0.884655093,
    0.369936366, 0.77548513, 0.411539717, 0.0942581818, 0.521233111,
    0.329706926, 0.189740126, 0.150232236, 0.272422253, 0.463941455,
    0.295713719, 0.132668491, 0.181716719, 0.308569838, 0.271795354,
    0.229811084, 0.106961094, 0.784692033, 0.249844975, 0.800644231,
    0.530821748, 0.850792336, 0.12820736, 0.44623548, 0.246301327, 0.581122304,
    0.249821659, 0.555015205, 0.258372683, 0.528530404, 0.924909737,
    0.972734175, 0.464221637, 0.350464507, 0.919480032, 0.915278032,
    0.788762119, 0.454172156, 0.67922489, 0.802458385, 0.42945328, 0.420560302,
    0.989908928, 0.299190481, 0.640695058, 0.448486129, 0.483108319,
    0.075196933, 0.891355663, 0.146443139, 0.0486135813, 0.66632796,
    0.285352703, 0.227713229, 0.655114799, 0.291838865, 0.869060739,
    0.0734707853, 0.538332458, 0.872435271, 1.23094058, 0.547700639,
    0.200204484, 0.94528316, 0.725997104, 0.509193354, 0.646152547, 0.491685508,
    0.805126728, 1.26315852, 0.574078619, 0.22456307, 0.869183196, 0.733490681,
    0.484097046, 0.587800665, 0.459838741, 0.72306644, 1.31887252, 0.578724791,
    0.250320191, 0.782804084, 0.745583166, 0.451384267, 0.543866597,
    0.455440271, 0.692056119, 1.3170102, 0.546752492, 0.224417738, 0.66606535,
    0.724410546, 0.435116943, 0.601616466, 0.386412061, 0.663539463, 1.23378811,
    0.617023156, 0.181759936, 0.57049406, 0.690126201, 0.469913254, 0.71429307,
    0.525445823, 0.847995617, 1.24322177, 0.555581568, 0.2065475, 0.940275014,
    0.736747747, 0.499685775, 0.63118361, 0.4686237, 0.774989368, 1.27719086,
    0.594967871, 0.238283014, 0.85918738, 0.744584178, 0.474943349, 0.558944846,
    0.4241431, 0.683405409, 1.3356733, 0.615801056, 0.27274979, 0.760160716,
    0.755236623, 0.444040191, 0.504748372, 0.401778607, 0.643012868, 1.33865436,
    0.610437672, 0.260646317, 0.642938835, 0.732294279, 0.433625283,
    0.530120533, 0.334234464, 0.585051542, 1.29127412, 0.692274141, 0.229572696,
    0.562217337, 0.720124608, 0.454700354, 0.599224541,
};
static const double seq2seq_odd_y[] = {
    0.538332458, 0.872435271, 1.23094058, 0.547700639, 0.200204484, 0.94528316,
    0.725997104, 0.509193354, 0.646152547, 0.491685508, 0.805126728, 1.26315852,
    0.574078619, 0.22456307, 0.869183196, 0.733490681, 0.484097046, 0.587800665,
    0.459838741, 0.72306644, 1.31887252, 0.578724791, 0.250320191, 0.782804084,
    0.745583166, 0.451384267, 0.543866597, 0.455440271, 0.692056119, 1.3170102,
    0.546752492, 0.224417738, 0.66606535, 0.724410546, 0.435116943, 0.601616466,
    0.386412061, 0.663539463, 1.23378811, 0.617023156, 0.181759936, 0.57049406,
    0.690126201, 0.469913254, 0.71429307, 0.525445823, 0.847995617, 1.24322177,
    0.555581568, 0.2065475, 0.940275014, 0.736747747, 0.499685775, 0.63118361,
    0.4686237, 0.774989368, 1.27719086, 0.594967871, 0.238283014, 0.85918738,
    0.744584178, 0.474943349, 0.558944846, 0.4241431, 0.683405409, 1.3356733,
    0.615801056, 0.27274979, 0.760160716, 0.755236623, 0.444040191, 0.504748372,
    0.401778607, 0.643012868, 1.33865436, 0.610437672, 0.260646317, 0.642938835,
    0.732294279, 0.433625283, 0.530120533, 0.334234464, 0.585051542, 1.29127412,
    0.692274141, 0.229572696, 0.562217337, 0.720124608, 0.454700354,
    0.599224541,
};
static const char dataset[] =
    "sources: []\nfilename: dataset.h5\nextractors:\n- name: signal\n"
    "  functional:\n    type: FileToSignal\n    sr: 8000\n";
static const golden_network networks[] = {
    {"samplernn_normed", samplernn_normed_config, samplernn_normed_tensors, 67, 1, samplernn_normed_x, 24, samplernn_normed_y, 16, 16},
    {"samplernn_gru", samplernn_gru_config, samplernn_gru_tensors, 22, 1, samplernn_gru_x, 24, samplernn_gru_y, 9, 16},
    {"samplernn_forgets", samplernn_forgets_config, samplernn_forgets_tensors, 20, 1, samplernn_forgets_x, 16, samplernn_forgets_y, 8, 8},
    {"wavenet_rich", wavenet_rich_config, wavenet_rich_tensors, 30, 1, wavenet_rich_x, 22, wavenet_rich_y, 16, 14},
    {"wavenet_plain", wavenet_plain_config, wavenet_plain_tensors, 9, 1, wavenet_plain_x, 19, wavenet_plain_y, 8, 11},
    {"wavenet_blockless", wavenet_blockless_config, wavenet_blockless_tensors, 24, 1, wavenet_blockless_x, 13, wavenet_blockless_y, 4, 9},
    {"freqnet_demo", freqnet_demo_config, freqnet_demo_tensors, 10, 0.7, freqnet_demo_x, 17, freqnet_demo_y, 9, 11},
    {"freqnet_rich", freqnet_rich_config, freqnet_rich_tensors, 26, 0.7, freqnet_rich_x, 20, freqnet_rich_y, 9, 14},
    {"freqnet_skips", freqnet_skips_config, freqnet_skips_tensors, 12, 0.7, freqnet_skips_x, 13, freqnet_skips_y, 9, 7},
    {"seq2seq_demo", seq2seq_demo_config, seq2seq_demo_tensors, 51, 1, seq2seq_demo_x, 16, seq2seq_demo_y, 9, 8},
    {"seq2seq_linear", seq2seq_linear_config, seq2seq_linear_tensors, 34, 1, seq2seq_linear_x, 12, seq2seq_linear_y, 9, 6},
    {"seq2seq_odd", seq2seq_odd_config, seq2seq_odd_tensors, 27, 1, seq2seq_odd_x, 20, seq2seq_odd_y, 9, 10},
};
