#include "store/server_key.h"
#include "store/key.h"
#include "store/twin.h"
#include "store/value.h"

void server_key_put(struct batch *batch, const uint8_t key[SERVER_KEY_BYTES])
{
    struct bytes name = key_named(&batch->arena, STATE_META, SERVER_KEY_NAME);

    twin_put(batch, name, value_of(&batch->arena, name, bytes_of(key, SERVER_KEY_BYTES)));
}
