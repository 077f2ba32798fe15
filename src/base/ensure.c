#include "base/ensure.h"

#include "base/log.h"
#include <stdlib.h>

_Noreturn void ensure_failed(const char *expression, const char *file, int line)
{
    log_error("a check of our own failed", LOG_CSTR("check", expression), LOG_CSTR("file", file),
              LOG_NUMBER("line", line));
    abort();
}
