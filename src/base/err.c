#include "base/err.h"

#include <assert.h>
#include <stddef.h>

static const char *const texts[] = {
    [OK] = "no error",
    [ERR_NOT_FOUND] = "not found",
    [ERR_IO] = "input or output failed",
    [ERR_NO_SPACE] = "no space left",
    [ERR_BUSY] = "in use by somebody else",
    [ERR_CORRUPT] = "corrupt data",
    [ERR_NEWER] = "written by a newer version",
    [ERR_INVALID] = "invalid text",
    [ERR_TOO_LARGE] = "too large",
};
static_assert(sizeof(texts) / sizeof(texts[0]) == ERR_TOO_LARGE + 1, "a text for every err");

const char *err_text(enum err err)
{
    size_t index = (size_t)err;
    return index < sizeof(texts) / sizeof(texts[0]) ? texts[index] : "unknown error";
}
