#include "recording.h"

#include "base/memory.h"
#include "crash/scratch.h"
#include <fcntl.h>
#include <sys/uio.h>
#include <unistd.h>

#define RECORDING_BYTES_MAX ((size_t)4 << 30)

static void add_item(struct recording *recording, size_t *room, struct recorded item)
{
    if (recording->count == *room) {
        *room = *room ? *room * 2 : 4096;
        recording->items = memory_resize(recording->items, *room * sizeof item);
    }
    if (item.kind < RECORD_MEANT && recording->acts == recording->count)
        recording->acts++;
    recording->items[recording->count++] = item;
}

void recording_read(struct recording *recording, const char *path)
{
    struct record head;
    size_t room = 0;

    *recording = (struct recording){ 0 };
    text_init(&recording->file, RECORDING_BYTES_MAX);
    file_read(path, &recording->file);
    struct bytes rest = text_bytes(&recording->file);
    while (rest.len > 0) {
        ensure(rest.len >= sizeof head);
        memcpy(&head, rest.ptr, sizeof head);
        rest = bytes_skip(rest, sizeof head);
        ensure(head.kind > 0 && head.kind < RECORD_KINDS && head.size <= rest.len);
        add_item(recording, &room,
                 (struct recorded){ (enum record_kind)head.kind, head.fd, head.number,
                                    bytes_of(rest.ptr, head.size) });
        rest = bytes_skip(rest, head.size);
    }
}

void recording_free(struct recording *recording)
{
    memory_free(recording->items);
    text_deinit(&recording->file);
}

struct bytes recording_find_strange(const struct recording *recording)
{
    for (size_t i = 0; i < recording->count; i++)
        if (recording->items[i].kind == RECORD_STRANGE)
            return recording->items[i].bytes;
    return BYTES_ABSENT;
}

void recorded_paths(const struct recorded *item, struct bytes *from, struct bytes *to)
{
    *from = bytes_of_cstr(item->bytes.ptr);
    *to = bytes_of_cstr(item->bytes.ptr + from->len + 1);
}

/* ---- taking notes */

void note_taker_init(struct note_taker *taker, const char *path)
{
    taker->fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    ensure(taker->fd >= 0);
}

void note_taker_deinit(struct note_taker *taker)
{
    close(taker->fd);
}

void note_down(struct note_taker *taker, enum record_kind kind, uint64_t number, struct bytes text)
{
    struct record record = { (uint32_t)kind, -1, number, text.len };
    struct iovec parts[] = { { &record, sizeof record },
                             { (void *)(uintptr_t)text.ptr, text.len } };

    ensure(writev(taker->fd, parts, 2) == (ssize_t)(sizeof record + text.len));
}
