/* The labels that a training learns, where it learns all that there are. */
#include "corpus/label_map.h"
#include "models/label_condition.h"
#include "train/job.h"

#include <string.h>

tb_status tb_job_find_labels(tb_job *job, tb_error *error)
{
    tb_settings_part part = {job->instrument->settings, job->config};
    tb_corpus *corpus;
    void *values;
    char names[TB_LABEL_NAMES];
    const tb_setting *row = tb_settings_find(&part, 1, "labels", &values, NULL);
    if (!row)
        return TB_OK;
    tb_setting_text(row, job->config, names, sizeof names);
    if (strcmp(names, "auto") != 0)
        return TB_OK;
    tb_status status = tb_corpus_find((const char *const *)job->paths,
                                      job->path_count, &corpus, error);
    if (status)
        return status;
    status =
        tb_label_names_all(corpus, TB_MOST_LABELS, names, sizeof names, error);
    if (!status)
        status = tb_settings_set(&part, 1, "labels", names, error);
    tb_corpus_free(corpus);
    return status;
}
