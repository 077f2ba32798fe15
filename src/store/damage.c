#include "base/log.h"
#include "store/inner.h"

enum err damaged_run(const char *message, struct run_key run, int64_t event_id)
{
    log_error(message, LOG_NUMBER("account", run.account), LOG_NUMBER("domain", run.domain),
              LOG_NUMBER("run", run.run), LOG_NUMBER("event", event_id));
    return ERR_CORRUPT;
}

enum err damaged_key(const char *message, struct bytes key)
{
    log_error(message, LOG_TEXT("key", key));
    return ERR_CORRUPT;
}

enum err damaged_turn(const char *message, uint64_t turn)
{
    log_error(message, LOG_NUMBER("turn", turn));
    return ERR_CORRUPT;
}
