#include "cut.h"

#include "base/arena.h"
#include "base/memory.h"
#include "base/random.h"
#include "crash/scratch.h"
#include <stdio.h>
#include <sys/stat.h>

#define FDS_MAX 65536
#define FILE_BYTES_MAX ((size_t)1 << 30)
#define SECTOR_BYTES 512
#define PAGE_BYTES 4096
#define LOOSE_ONE_IN 4

/* A change of a file's bytes. */
struct piece {
    bool truncates;
    uint64_t at; /* the offset, or the new size */
    struct bytes bytes;
};

struct file {
    struct piece *pieces;
    size_t count, room;
    size_t synced;  /* the first of them, durable */
    size_t created; /* the change of names that made it */
};

/* A change of names. */
struct naming {
    enum record_kind kind; /* RECORD_OPEN (a new file), _RENAME, _UNLINK, _FOLDER */
    struct bytes name, to;
    struct file *file; /* of a new one */
    bool durable;      /* by itself */
};

struct name {
    struct bytes path;
    struct file *file; /* NULL: a folder */
};

struct names {
    struct name *items;
    size_t count, room;
};

/* A sync that began. */
struct syncing {
    struct file *file; /* NULL: a folder */
    struct bytes folder;
    size_t seen;    /* pieces, or changes of names, that were there */
    size_t namings; /* changes of names */
};

struct handle {
    struct file *file;
    struct bytes path;
};

/* The disk at the cut, with all that might be on it. */
struct disk {
    struct arena arena;
    struct names names; /* as the process sees them */
    struct naming *namings;
    size_t naming_count, naming_room;
    size_t in_order; /* the first of them, durable by the order of a journal */
    size_t settled;  /* the first of them, each durable by itself */
    struct handle *handles;
    struct syncing *syncs; /* by number */
    size_t sync_room;
    struct random_sequence random;
    struct cut_losses *losses;
    bool keep_everything;
};

static bool one_in(struct disk *disk, uint64_t n)
{
    return random_below(&disk->random, n) == 0;
}

/* ---- names */

static struct name *find_name(const struct names *names, struct bytes path)
{
    for (size_t i = 0; i < names->count; i++)
        if (bytes_equal(names->items[i].path, path))
            return &names->items[i];
    return NULL;
}

static void set_name(struct names *names, struct bytes path, struct file *file)
{
    struct name *name = find_name(names, path);

    if (!name) {
        if (names->count == names->room) {
            names->room = names->room ? names->room * 2 : 64;
            names->items = memory_resize(names->items, names->room * sizeof *name);
        }
        name = &names->items[names->count++];
    }
    *name = (struct name){ path, file };
}

static void drop_name(struct names *names, struct bytes path)
{
    struct name *name = find_name(names, path);

    if (name)
        *name = names->items[--names->count];
}

static void change_names(struct names *names, const struct naming *naming)
{
    const struct name *from = find_name(names, naming->name);

    if (naming->kind == RECORD_OPEN || naming->kind == RECORD_FOLDER) {
        set_name(names, naming->name, naming->file);
    } else if (naming->kind == RECORD_UNLINK) {
        drop_name(names, naming->name);
    } else if (from) {
        struct file *file = from->file;
        drop_name(names, naming->name);
        set_name(names, naming->to, file);
    }
}

static struct bytes folder_of(struct bytes path)
{
    size_t slash = bytes_find_last(path, '/');
    return slash == path.len ? BYTES("") : bytes_of(path.ptr, slash);
}

static void add_naming(struct disk *disk, struct naming naming)
{
    if (disk->naming_count == disk->naming_room) {
        disk->naming_room = disk->naming_room ? disk->naming_room * 2 : 256;
        disk->namings = memory_resize(disk->namings, disk->naming_room * sizeof naming);
    }
    disk->namings[disk->naming_count++] = naming;
    change_names(&disk->names, &naming);
}

/* ---- what happened up to the cut */

static void add_piece(struct file *file, struct piece piece)
{
    if (!file)
        return;
    if (file->count == file->room) {
        file->room = file->room ? file->room * 2 : 16;
        file->pieces = memory_resize(file->pieces, file->room * sizeof piece);
    }
    file->pieces[file->count++] = piece;
}

static void play_open(struct disk *disk, const struct recorded *item)
{
    struct bytes path = bytes_of_cstr(item->bytes.ptr);
    struct handle *handle = &disk->handles[item->fd];
    const struct name *name = find_name(&disk->names, path);

    *handle = (struct handle){ .path = path };
    if (item->number & OPENED_FOLDER)
        return;
    if (item->number & OPENED_NEW) {
        handle->file = arena_new(&disk->arena, struct file);
        handle->file->created = disk->naming_count;
        add_naming(disk, (struct naming){ RECORD_OPEN, path, BYTES_ABSENT, handle->file, false });
        return;
    }
    ensure(name && name->file);
    handle->file = name->file;
    if (item->number & OPENED_EMPTIED)
        add_piece(handle->file, (struct piece){ .truncates = true });
}

static void play_sync_begin(struct disk *disk, const struct recorded *item)
{
    const struct handle *handle = &disk->handles[item->fd];

    if (item->number >= disk->sync_room) {
        disk->sync_room = (item->number + 1) * 2;
        disk->syncs = memory_resize(disk->syncs, disk->sync_room * sizeof *disk->syncs);
    }
    disk->syncs[item->number] = (struct syncing){
        handle->file,
        handle->path,
        handle->file ? handle->file->count : disk->naming_count,
        disk->naming_count,
    };
}

static void hold_in_order(struct disk *disk, size_t count)
{
    if (disk->in_order < count)
        disk->in_order = count;
}

/* All names of this folder that were changed before. */
static void hold_folder(struct disk *disk, const struct syncing *sync)
{
    for (size_t i = disk->settled; i < sync->seen; i++) {
        struct naming *naming = &disk->namings[i];
        if (!bytes_equal(folder_of(naming->name), sync->folder))
            continue;
        naming->durable = true;
        hold_in_order(disk, i + 1);
    }
    while (disk->settled < disk->naming_count && disk->namings[disk->settled].durable)
        disk->settled++;
}

static bool is_manifest(const struct naming *naming)
{
    struct bytes file = bytes_skip(naming->name, bytes_find_last(naming->name, '/') + 1);

    return bytes_starts_with(file, BYTES("MANIFEST-"));
}

/* RocksDB stands on it that a manifest is not more durable than the logs that it names. */
static void hold_logs(struct disk *disk, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct naming *naming = &disk->namings[i];
        struct bytes end = bytes_skip(naming->name, bytes_find_last(naming->name, '.'));

        naming->durable |= naming->file && bytes_equal_cstr(end, ".log");
    }
}

static void play_sync_end(struct disk *disk, const struct recorded *item)
{
    const struct syncing *sync = &disk->syncs[item->number];

    if (!sync->file) {
        hold_folder(disk, sync);
        return;
    }
    if (sync->file->synced < sync->seen)
        sync->file->synced = sync->seen;
    disk->namings[sync->file->created].durable = true;
    if (is_manifest(&disk->namings[sync->file->created]))
        hold_logs(disk, sync->namings);
    hold_in_order(disk, sync->file->created + 1);
}

static void play(struct disk *disk, const struct recorded *item)
{
    struct bytes from, to;
    struct file *file = item->fd >= 0 ? disk->handles[item->fd].file : NULL;

    switch (item->kind) {
    case RECORD_LIFE:
        memset(disk->handles, 0, FDS_MAX * sizeof *disk->handles);
        break;
    case RECORD_OPEN:
        play_open(disk, item);
        break;
    case RECORD_CLOSE:
        disk->handles[item->fd] = (struct handle){ 0 };
        break;
    case RECORD_WRITE:
        add_piece(file, (struct piece){ false, item->number, item->bytes });
        break;
    case RECORD_TRUNCATE:
        add_piece(file, (struct piece){ true, item->number, BYTES_ABSENT });
        break;
    case RECORD_SYNC_BEGIN:
        play_sync_begin(disk, item);
        break;
    case RECORD_SYNC_END:
        play_sync_end(disk, item);
        break;
    case RECORD_RENAME:
        recorded_paths(item, &from, &to);
        add_naming(disk, (struct naming){ RECORD_RENAME, from, to, NULL, false });
        break;
    case RECORD_UNLINK:
    case RECORD_FOLDER:
        add_naming(disk, (struct naming){ item->kind, bytes_of_cstr(item->bytes.ptr), BYTES_ABSENT,
                                          NULL, false });
        break;
    default:
        break;
    }
}

/* ---- which names are there */

/* The first few. */
static void draw_ordered(struct disk *disk, struct names *names)
{
    size_t left = disk->naming_count - disk->in_order;
    size_t more = one_in(disk, 3)   ? 0
                  : one_in(disk, 2) ? left
                                    : random_below(&disk->random, left + 1);
    size_t count = disk->keep_everything ? disk->naming_count : disk->in_order + more;

    for (size_t i = 0; i < count; i++)
        change_names(names, &disk->namings[i]);
    disk->losses->names_lost |= count < disk->naming_count;
}

static bool share_a_name(const struct naming *a, const struct naming *b)
{
    return bytes_equal(a->name, b->name) || (a->to.ptr && bytes_equal(a->to, b->name)) ||
           (b->to.ptr && bytes_equal(a->name, b->to)) ||
           (a->to.ptr && b->to.ptr && bytes_equal(a->to, b->to));
}

static bool is_lost(const struct naming *naming, struct naming *const lost[], size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (share_a_name(naming, lost[i]))
            return true;
    return false;
}

/* What is durable makes durable what the same name had to do with before. */
static void spread_durability(struct disk *disk)
{
    for (size_t i = disk->naming_count; i-- > disk->settled;)
        for (size_t j = i; disk->namings[i].durable && j-- > disk->settled;)
            disk->namings[j].durable |= share_a_name(&disk->namings[i], &disk->namings[j]);
}

/* Each for itself, but those of one name in their order. */
static void draw_loose(struct disk *disk, struct names *names)
{
    struct naming **lost = memory_new((disk->naming_count + 1) * sizeof(struct naming *));
    size_t count = 0;

    spread_durability(disk);
    for (size_t i = 0; i < disk->naming_count; i++) {
        struct naming *naming = &disk->namings[i];
        if (!naming->durable && (is_lost(naming, lost, count) || one_in(disk, 2)))
            lost[count++] = naming;
        else
            change_names(names, naming);
    }
    disk->losses->names_lost |= count > 0;
    memory_free(lost);
}

/* ---- what is in a file */

struct content {
    struct text text;
    size_t unit;   /* in which bytes come and go */
    bool *stopped; /* units that hold nothing newer */
    bool has_hole; /* a unit is missing */
};

static void set_size(struct text *text, size_t size)
{
    if (size <= text->len) {
        text->len = size;
        return;
    }
    size_t more = size - text->len;
    memset(text_reserve(text, more), 0, more);
    text_grow(text, more);
}

static void put_bytes(struct text *text, size_t at, struct bytes bytes)
{
    if (text->len < at + bytes.len)
        set_size(text, at + bytes.len);
    if (bytes.len > 0)
        memcpy(text->ptr + at, bytes.ptr, bytes.len);
}

static void apply(struct text *text, const struct piece *piece)
{
    if (piece->truncates)
        set_size(text, piece->at);
    else
        put_bytes(text, piece->at, piece->bytes);
}

/* The first few, the last of them cut off. */
static void draw_torn(struct disk *disk, const struct file *file, struct text *text)
{
    size_t left = file->count - file->synced;
    size_t whole = file->synced + random_below(&disk->random, left);
    const struct piece *last = &file->pieces[whole];

    for (size_t i = file->synced; i < whole; i++)
        apply(text, &file->pieces[i]);
    size_t cut = random_below(&disk->random, last->bytes.len + 1);
    if (one_in(disk, 2) && last->at + cut >= SECTOR_BYTES) /* more like a disk */
        cut = (last->at + cut) / SECTOR_BYTES * SECTOR_BYTES > last->at
                  ? (last->at + cut) / SECTOR_BYTES * SECTOR_BYTES - last->at
                  : 0;
    if (!last->truncates)
        put_bytes(text, last->at, bytes_of(last->bytes.ptr, cut));
    disk->losses->torn |= cut > 0 && cut < last->bytes.len;
    disk->losses->bytes_lost = true;
}

/* The part of the piece that lies in the unit that begins before `at`; moves on to the next. */
static struct bytes next_part(const struct content *content, const struct piece *piece, size_t *at)
{
    size_t end = (*at / content->unit + 1) * content->unit;
    size_t piece_end = piece->at + piece->bytes.len;
    size_t begin = *at;

    *at = end < piece_end ? end : piece_end;
    return bytes_of(piece->bytes.ptr + (begin - piece->at), *at - begin);
}

static void scatter(struct disk *disk, struct content *content, const struct piece *piece,
                    uint64_t keep_of_8)
{
    size_t at = piece->at;
    size_t missing = 0, there = 0;

    while (at < piece->at + piece->bytes.len) {
        size_t begin = at;
        bool *stopped = &content->stopped[begin / content->unit];
        struct bytes part = next_part(content, piece, &at);
        *stopped = *stopped || random_below(&disk->random, 8) >= keep_of_8;
        missing += *stopped;
        there += !*stopped;
        disk->losses->reordered |= !*stopped && content->has_hole;
        content->has_hole |= *stopped;
        if (!*stopped)
            put_bytes(&content->text, begin, part);
    }
    disk->losses->torn |= missing > 0 && there > 0;
    disk->losses->bytes_lost |= missing > 0 && there == 0;
}

static size_t size_after(size_t size, const struct piece *piece)
{
    size_t end = piece->at + piece->bytes.len;
    return piece->truncates || end > size ? end : size;
}

/* One of the sizes that the file had since its sync, or one on the way to it. */
static size_t draw_size(struct disk *disk, const struct file *file, size_t synced_size)
{
    size_t size = synced_size, before = synced_size;
    size_t count = random_below(&disk->random, file->count - file->synced + 1);

    for (size_t i = 0; i < count; i++) {
        before = size;
        size = size_after(size, &file->pieces[file->synced + i]);
    }
    if (size > before && one_in(disk, 4)) {
        size_t page = size / PAGE_BYTES * PAGE_BYTES;
        return page > before ? page : size;
    }
    return size;
}

/* Each unit for itself. */
static void draw_scattered(struct disk *disk, const struct file *file, struct content *content)
{
    size_t size = content->text.len, largest = size;
    uint64_t keep_of_8 = 1 + random_below(&disk->random, 7);

    for (size_t i = file->synced; i < file->count; i++)
        if (size_after(largest, &file->pieces[i]) > largest)
            largest = size_after(largest, &file->pieces[i]);
    content->unit = one_in(disk, 2) ? SECTOR_BYTES : PAGE_BYTES;
    content->stopped = memory_new(largest / content->unit + 1);
    size = one_in(disk, 2) ? largest : draw_size(disk, file, size);
    for (size_t i = file->synced; i < file->count; i++)
        if (!file->pieces[i].truncates)
            scatter(disk, content, &file->pieces[i], keep_of_8);
    set_size(&content->text, size);
    memory_free(content->stopped);
}

static void draw_content(struct disk *disk, const struct file *file, struct content *content)
{
    text_reset(&content->text);
    content->has_hole = false;
    for (size_t i = 0; i < file->synced; i++)
        apply(&content->text, &file->pieces[i]);
    if (file->count == file->synced)
        return;
    uint64_t way = disk->keep_everything ? 0 : random_below(&disk->random, 6);
    if (way == 0) {
        for (size_t i = file->synced; i < file->count; i++)
            apply(&content->text, &file->pieces[i]);
    } else if (way == 1) {
        disk->losses->bytes_lost = true;
    } else if (way == 2) {
        draw_torn(disk, file, &content->text);
    } else {
        draw_scattered(disk, file, content);
    }
}

/* ---- the image */

static void write_names(struct disk *disk, const struct names *names, const char *to)
{
    char path[SCRATCH_PATH_MAX];
    struct content content = { 0 };

    for (size_t i = 0; i < names->count; i++) {
        snprintf(path, sizeof path, "%s/%.*s", to, BYTES_FMT(names->items[i].path));
        if (!names->items[i].file)
            ensure(mkdir(path, 0700) == 0);
    }
    text_init(&content.text, FILE_BYTES_MAX);
    for (size_t i = 0; i < names->count; i++) {
        const struct name *name = &names->items[i];
        struct bytes folder = folder_of(name->path);
        if (!name->file || (folder.len > 0 && !find_name(names, folder)))
            continue;
        draw_content(disk, name->file, &content);
        snprintf(path, sizeof path, "%s/%.*s", to, BYTES_FMT(name->path));
        file_write(path, text_bytes(&content.text));
    }
    text_deinit(&content.text);
}

static void disk_deinit(struct disk *disk)
{
    for (size_t i = 0; i < disk->naming_count; i++)
        if (disk->namings[i].file)
            memory_free(disk->namings[i].file->pieces);
    memory_free(disk->names.items);
    memory_free(disk->namings);
    memory_free(disk->handles);
    memory_free(disk->syncs);
    arena_deinit(&disk->arena);
}

void cut_make(const struct recording *recording, const struct cut_wish *wish, const char *to,
              struct cut_losses *losses)
{
    struct disk disk = { .losses = losses, .keep_everything = wish->keep_everything };
    struct names names = { 0 };

    *losses = (struct cut_losses){ 0 };
    arena_init(&disk.arena, "disk", (size_t)1 << 28);
    disk.handles = memory_new(FDS_MAX * sizeof *disk.handles);
    disk.random.state = wish->draw;
    for (size_t i = 0; i < wish->at; i++)
        play(&disk, &recording->items[i]);
    losses->loose = !wish->keep_everything && one_in(&disk, LOOSE_ONE_IN);
    if (losses->loose)
        draw_loose(&disk, &names);
    else
        draw_ordered(&disk, &names);
    write_names(&disk, &names, to);
    memory_free(names.items);
    disk_deinit(&disk);
}

bool cut_is_seldom(const struct recorded *item)
{
    return item->kind == RECORD_RENAME || item->kind == RECORD_UNLINK ||
           item->kind == RECORD_FOLDER || (item->kind == RECORD_OPEN && item->number != 0);
}
