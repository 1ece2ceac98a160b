/* Made by compand.py with sox 14.4.2, in dB. */
static const double compand_middles[] = {-10, -25, -60};
static const double compand_levels[] = {-60, -50, -40, -30, -20, -10, -3};
static const double compand_after[][7] = {
    {-44.34, -27.74, -12.43, -6.85, -4.32, -2.29, -1.68},
    {-52.19, -38.87, -26.42, -18.43, -12.16, -5.91, -2.16},
    {-70.36, -64.83, -58.19, -45.43, -30.45, -15.46, -4.96},
};
