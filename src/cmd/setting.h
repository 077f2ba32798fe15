/*
 * setting - one thing that a command can be told: its names, what kind of value it takes, and what
 * it is for.
 *
 * A command lists its settings in one table; parsing, error texts and the help page all come from
 * it.
 */
#ifndef CMD_SETTING_H
#define CMD_SETTING_H

#include "base/ensure.h"
#include "base/text.h"

enum setting_type {
    SETTING_TEXT,     /* anything but nothing */
    SETTING_CHOICE,   /* one of the words in `choices` */
    SETTING_INTEGER,  /* min..max */
    SETTING_BYTES,    /* min..max; K, M or G may follow */
    SETTING_BOOLEAN,  /* true or false; as a flag it needs no value */
    SETTING_ADDRESS,  /* HOST:PORT */
    SETTING_ACCOUNT,  /* twelve digits */
    SETTING_URL,      /* http://HOST[:PORT] or https:// */
    SETTING_REGION,   /* letters, digits, '-' and '_' */
    SETTING_DURATION, /* min..max seconds: 90s, 15m, 12h, 7d */
    SETTING_TYPE_COUNT,
};

/* As the most of a number: one that keeps nobody from anything. */
#define MORE_THAN_ENOUGH 1000000000

struct setting {
    const char *name;     /* `name = value` in a file, `--name value` as a flag */
    const char *variable; /* in the environment */
    enum setting_type type;
    const char *fallback;    /* the default, as text; valid by its own rules; NULL: required */
    const char *placeholder; /* what the help page writes for the value: "HOST:PORT" */
    uint64_t min, max;       /* of numbers */
    const char *choices;     /* of SETTING_CHOICE: "memory|rocksdb" */
    const char *help;        /* sentences */
    bool may_be_empty;       /* "" is a value too, and says that there is none */
    bool is_secret;          /* its value is never shown */
    bool repeats;            /* each flag adds a value (see settings_given) */
    const char *only;        /* for these verbs of the command alone: "add|list"; NULL: for all */
};

/* Is `text` a value for this setting? Then *number has its meaning as a number (0 for texts; the
 * place of a choice among its choices). */
must_use bool setting_parse(const struct setting *setting, const char *text, uint64_t *number);

/* Is it for this verb (NULL: the command has none)? */
bool setting_is_for(const struct setting *setting, const char *verb);

/* Appends between what a number must be: " From 4K to 1M." or " At least 64M."; nothing when all
 * are right that anybody would give, or when it is no plain number. */
void setting_append_bounds(const struct setting *setting, struct text *out);

/* Appends what a right value would be: "must be a whole number from 1 to 64". */
void setting_explain(const struct setting *setting, struct text *out);

#endif
