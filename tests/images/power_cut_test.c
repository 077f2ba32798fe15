/*
 * Stores are recorded at work: each of their writes, syncs and renames. From the recordings disks
 * are made as a power cut at any moment could have left them (cut.h); each is opened, and must hold
 * all that was acknowledged before the cut, and nothing that is half done.
 *
 *   IMAGES                               how many (200); SEED says which
 *   KEPT=FOLDER CUT=N DRAW=N SERVED=N    one image again, of a recording that was kept because
 *                                        one failed
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "cut.h"
#include "made.h"
#include "served.h"
#include "take.h"

#include "base/memory.h"
#include "base/random.h"
#include "crash/scratch.h"
#include "told/told.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define IMAGES 200
#define WORKERS 4
/* Of those of a recorded server. */
#define SERVED_ONE_IN 50
/* Of several sectors: it may be there in part. */
#define LONG_WRITE_BYTES 1024
#define FDS_MAX 65536
#define FAILURES_SHOWN_MAX 20
#define LOG_BYTES_MAX ((size_t)4 << 20)

static char own_path[512];

/* In place of libc's: room that RocksDB asks for ahead of what it writes takes, in a file system in
 * memory, a third of all the time. It holds nothing and changes no size. */
int fallocate(int fd, int mode, off_t at, off_t size)
{
    (void)fd, (void)at, (void)size;
    errno = EOPNOTSUPP;
    return mode == FALLOC_FL_KEEP_SIZE ? 0 : -1;
}

/* ---- recordings */

static const struct script {
    const char *name;
    bool small; /* with small_database.so */
    void (*record)(struct take *take);
    void (*check)(const struct take *take, size_t at, const char *folder);
    /* NULL: no server can. */
    void (*check_served)(const struct take *take, size_t at, const char *folder);
} scripts[];

static const struct script *script_of(const struct take *take);

/* ---- made stores */

/* Lives: up to which turn, and whether it ends in order. */
static const struct life {
    uint64_t until;
    bool in_order;
} lives[] = { { 25, false }, { 60, true }, { 90, false }, { 120, true } };

static void become_made(const struct take *take, const struct life *life)
{
    char seed[24], until[24];

    for (size_t i = 0; take->environment[i]; i++)
        putenv((char *)(uintptr_t)take->environment[i]);
    snprintf(seed, sizeof seed, "%llu", (unsigned long long)take->seed);
    snprintf(until, sizeof until, "%llu", (unsigned long long)life->until);
    execl(own_path, own_path, "live", take->data, take->path, seed, until,
          life->in_order ? "close" : "die", (char *)NULL);
    _exit(127);
}

static void record_made(struct take *take)
{
    for (size_t i = 0; i < sizeof lives / sizeof lives[0]; i++) {
        int status;
        pid_t child = fork();
        ensure(child >= 0);
        if (child == 0)
            become_made(take, &lives[i]);
        ensure(waitpid(child, &status, 0) == child);
        assert_int_equal(status, lives[i].in_order ? 0 : SIGKILL);
    }
}

static void check_made(const struct take *take, size_t at, const char *folder)
{
    made_check(&take->recording, at, take->seed, folder);
}

/* ---- taking them */

static const struct script scripts[] = {
    { "made", false, record_made, check_made, NULL },
    { "made-small", true, record_made, check_made, NULL },
    { "tale", false, served_record_tale, served_check, served_check_tale_served },
    { "load-small", true, served_record_load, served_check, served_check_load_served },
};
#define SCRIPTS (sizeof scripts / sizeof scripts[0])

static const struct script *script_of(const struct take *take)
{
    const struct script *script = scripts;

    while (strcmp(script->name, take->name) != 0)
        script++;
    return script;
}

static void prepare(struct take *take, const struct script *script, const char *parent,
                    struct functions *functions, uint64_t seed)
{
    const char *slash = strrchr(own_path, '/');

    *take = (struct take){ .name = script->name, .seed = seed, .functions = functions };
    snprintf(take->folder, sizeof take->folder, "%s/%s", parent, script->name);
    snprintf(take->disk, sizeof take->disk, "%s/%s/disk", parent, script->name);
    snprintf(take->data, sizeof take->data, "%s/%s/disk/data", parent, script->name);
    snprintf(take->log, sizeof take->log, "%s/%s/log", parent, script->name);
    snprintf(take->path, sizeof take->path, "%s/%s/recording", parent, script->name);
    snprintf(take->preload, sizeof take->preload, "LD_PRELOAD=%.*s/recorder.so%s%.*s%s",
             (int)(slash - own_path), own_path, script->small ? ":" : "",
             script->small ? (int)(slash - own_path) : 0, own_path,
             script->small ? "/small_database.so" : "");
    snprintf(take->root_set, sizeof take->root_set, RECORD_ROOT "=%s", take->disk);
    snprintf(take->to_set, sizeof take->to_set, RECORD_TO "=%s", take->path);
    take->environment[0] = take->preload;
    take->environment[1] = take->root_set;
    take->environment[2] = take->to_set;
}

static void add_place(struct places *places, size_t at)
{
    places->items = memory_resize(places->items, (places->count + 1) * sizeof at);
    places->items[places->count++] = at;
}

/* Of a log: its name ends so. */
static bool is_log(struct bytes path)
{
    return path.len > 4 && bytes_equal_cstr(bytes_skip(path, path.len - 4), ".log");
}

static void find_places(struct take *take)
{
    struct bytes *paths = memory_new(FDS_MAX * sizeof *paths);

    for (size_t i = 0; i < take->recording.acts; i++) {
        const struct recorded *item = &take->recording.items[i];
        if (item->kind == RECORD_OPEN)
            paths[item->fd] = bytes_of_cstr(item->bytes.ptr);
        bool writes = item->kind == RECORD_WRITE;
        if (cut_is_seldom(item) || (writes && !is_log(paths[item->fd])))
            add_place(&take->seldom, i);
        else if (writes && item->bytes.len > LONG_WRITE_BYTES)
            add_place(&take->long_writes, i);
    }
    memory_free(paths);
    assert_true(take->seldom.count > 0 && take->long_writes.count > 0);
}

static void read_back(struct take *take)
{
    recording_read(&take->recording, take->path);
    struct bytes strange = recording_find_strange(&take->recording);
    if (!bytes_is_absent(strange))
        fail_msg("%s calls %.*s, which the recorder does not understand", take->name,
                 BYTES_FMT(strange));
    find_places(take);
}

/* The store as the recording leaves it, opened in a process of its own: the threads of RocksDB
 * would not survive the forks that come. */
static void add_found(const struct take *take, const char *folder)
{
    char data[SCRATCH_PATH_MAX];
    int status;

    snprintf(data, sizeof data, "%.500s/data", folder);
    pid_t child = fork();
    ensure(child >= 0);
    if (child == 0)
        served_add_found(take, data);
    ensure(waitpid(child, &status, 0) == child);
    assert_int_equal(status, 0);
}

/* With nothing lost, what the recording makes is what was there: nothing was missed. */
static void compare_with_disk(const struct take *take, bool is_served)
{
    const struct cut_wish wish = { take->recording.acts, 0, true };
    struct cut_losses losses;
    char made[SCRATCH_PATH_MAX], command[SCRATCH_PATH_MAX * 3];

    snprintf(made, sizeof made, "%.500s/again", take->folder);
    ensure(mkdir(made, 0700) == 0);
    cut_make(&take->recording, &wish, made, &losses);
    snprintf(command, sizeof command, "diff -r %s %s", take->disk, made);
    assert_int_equal(system(command), 0);
    if (is_served)
        add_found(take, made);
    folder_remove(made);
}

static void forget(struct take *take)
{
    recording_free(&take->recording);
    memory_free(take->seldom.items);
    memory_free(take->long_writes.items);
    take->seldom = take->long_writes = (struct places){ 0 };
}

/* A recording that is complete. */
static void read_all(struct take *take)
{
    read_back(take);
    if (script_of(take)->check_served)
        served_prepare(take);
}

static void record(struct take *take)
{
    struct note_taker taker;

    ensure(mkdir(take->folder, 0700) == 0 && mkdir(take->disk, 0700) == 0);
    script_of(take)->record(take);
    note_taker_init(&taker, take->path);
    note_down(&taker, RECORD_SEED, take->seed, BYTES(""));
    note_taker_deinit(&taker);
    read_back(take);
    compare_with_disk(take, script_of(take)->check_served != NULL);
    folder_remove(take->disk);
    forget(take);
    read_all(take);
}

/* ---- images */

/* What all workers know. */
struct sums {
    atomic_uint opened, failed;
    atomic_uint served; /* of these, by a real server */
    atomic_uint bytes_lost, torn, reordered, names_lost, loose;
    atomic_uint cut_off; /* the store said that it dropped an unfinished write */
};

struct image {
    const struct take *take;
    struct cut_wish wish;
    bool is_served; /* by a real server too */
};

/* An item of the list, or one of those right behind it. */
static size_t pick_near(const struct places *places, struct random_sequence *random)
{
    return places->items[random_below(random, places->count)] + random_below(random, 4);
}

static struct image draw_image(const struct take *takes, uint64_t seed, uint64_t number)
{
    struct random_sequence random = { seed * 1000003 + number };
    const struct take *take = &takes[number % SCRIPTS];
    struct image image = { .take = take };
    size_t acts = take->recording.acts;

    (void)random_next(&random);
    uint64_t near = random_below(&random, 4);
    if (near == 0)
        image.wish.at = random_below(&random, acts + 1);
    else if (near == 1)
        image.wish.at = pick_near(&take->seldom, &random);
    else
        image.wish.at = pick_near(&take->long_writes, &random);
    if (image.wish.at > acts)
        image.wish.at = acts;
    image.wish.draw = random_next(&random) >> 1;
    image.is_served = number / SCRIPTS % SERVED_ONE_IN == 0 && script_of(take)->check_served;
    return image;
}

static const struct image *image_now;
static char folder_now[SCRATCH_PATH_MAX];

static void test_image(void **state)
{
    (void)state;
    if (image_now->is_served)
        script_of(image_now->take)->check_served(image_now->take, image_now->wish.at, folder_now);
    else
        script_of(image_now->take)->check(image_now->take, image_now->wish.at, folder_now);
}

/* Never returns. */
static void open_image(const struct image *image, const char *folder, const char *log)
{
    const struct CMUnitTest one[] = { cmocka_unit_test(test_image) };
    int out = open(log, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);

    ensure(out >= 0 && dup2(out, STDOUT_FILENO) >= 0 && dup2(out, STDERR_FILENO) >= 0);
    image_now = image;
    snprintf(folder_now, sizeof folder_now, "%s/data", folder);
    fflush(stdout);
    int failed = cmocka_run_group_tests_name("image", one, NULL, NULL);
    fflush(stdout);
    _exit(failed ? 1 : 0);
}

static bool has_word(struct bytes text, const char *word)
{
    return memmem(text.ptr, text.len, word, strlen(word)) != NULL;
}

static void show_failure(const struct image *image, struct bytes log, struct sums *sums)
{
    if (atomic_fetch_add(&sums->failed, 1) >= FAILURES_SHOWN_MAX)
        return;
    fprintf(stderr, "FAILED: KEPT=%s CUT=%zu DRAW=%llu SERVED=%d %s\n%.*s\n", image->take->folder,
            image->wish.at, (unsigned long long)image->wish.draw, image->is_served, own_path,
            BYTES_FMT(log));
}

static void count_losses(struct sums *sums, const struct cut_losses *losses)
{
    atomic_fetch_add(&sums->bytes_lost, losses->bytes_lost);
    atomic_fetch_add(&sums->torn, losses->torn);
    atomic_fetch_add(&sums->reordered, losses->reordered);
    atomic_fetch_add(&sums->names_lost, losses->names_lost);
    atomic_fetch_add(&sums->loose, losses->loose);
}

/* Does it open, in a process of its own, and is it what it must be? What that says is in `log`. */
static bool opens(const struct image *image, const char *folder, struct text *log)
{
    char path[SCRATCH_PATH_MAX];
    int status;

    snprintf(path, sizeof path, "%.500s.log", folder);
    pid_t child = fork();
    ensure(child >= 0);
    if (child == 0)
        open_image(image, folder, path);
    ensure(waitpid(child, &status, 0) == child);
    text_init(log, LOG_BYTES_MAX);
    file_read(path, log);
    return status == 0 && !has_word(text_bytes(log), "level=error");
}

static void try_image(const struct image *image, const char *folder, struct sums *sums)
{
    struct cut_losses losses;
    struct text log;

    ensure(mkdir(folder, 0700) == 0);
    cut_make(&image->take->recording, &image->wish, folder, &losses);
    if (!opens(image, folder, &log))
        show_failure(image, text_bytes(&log), sums);
    atomic_fetch_add(&sums->opened, 1);
    atomic_fetch_add(&sums->served, image->is_served);
    atomic_fetch_add(&sums->cut_off, has_word(text_bytes(&log), "was cut off"));
    count_losses(sums, &losses);
    text_deinit(&log);
    folder_remove(folder);
}

/* One that a server is to serve is looked at without it before. */
static void try_both(struct image *image, const char *folder, struct sums *sums)
{
    bool is_served = image->is_served;

    image->is_served = false;
    try_image(image, folder, sums);
    image->is_served = is_served;
    if (is_served)
        try_image(image, folder, sums);
}

static void work(const struct take *takes, const char *parent, uint64_t seed, uint64_t images,
                 uint64_t worker, struct sums *sums)
{
    char folder[SCRATCH_PATH_MAX];

    snprintf(folder, sizeof folder, "%s/%llu", parent, (unsigned long long)worker);
    for (uint64_t i = worker; i < images; i += WORKERS) {
        struct image image = draw_image(takes, seed, i);
        try_both(&image, folder, sums);
    }
    _exit(0);
}

static void print_takes(const struct take *takes)
{
    for (size_t i = 0; i < SCRIPTS; i++) {
        const struct recording *recording = &takes[i].recording;
        size_t counts[RECORD_KINDS] = { 0 };
        for (size_t j = 0; j < recording->acts; j++)
            counts[recording->items[j].kind]++;
        print_message("%s: %zu lives, %zu writes (%zu bytes with all), %zu syncs, %zu files opened "
                      "to be written, %zu renamed, %zu removed, %zu things acknowledged\n",
                      takes[i].name, counts[RECORD_LIFE], counts[RECORD_WRITE], recording->file.len,
                      counts[RECORD_SYNC_END], counts[RECORD_OPEN], counts[RECORD_RENAME],
                      counts[RECORD_UNLINK], counts[RECORD_KNOWN]);
    }
}

static void print_sums(struct sums *sums)
{
    print_message("%u images opened (%u of them by a server): %u with lost writes, %u with torn "
                  "ones, %u with later bytes and without earlier ones, %u with lost names; names "
                  "drawn by the loose model: %u; with a write that the store had to cut off: %u; "
                  "%u failed\n",
                  sums->opened, sums->served, sums->bytes_lost, sums->torn, sums->reordered,
                  sums->names_lost, sums->loose, sums->cut_off, sums->failed);
}

static struct sums *new_sums(void)
{
    struct sums *sums = mmap(NULL, sizeof *sums, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
                             -1, 0);
    ensure(sums != MAP_FAILED);
    return sums;
}

static void test_power_cuts(void **state)
{
    static struct take takes[SCRIPTS];
    struct functions *functions = functions_start();
    struct scratch scratch;
    struct sums *sums = new_sums();
    uint64_t images = told_number("IMAGES", IMAGES), seed = told_number("SEED", 1);
    pid_t workers[WORKERS];
    int status;

    (void)state;
    scratch_init(&scratch);
    for (size_t i = 0; i < SCRIPTS; i++) {
        prepare(&takes[i], &scripts[i], scratch.path, functions, seed);
        record(&takes[i]);
    }
    print_takes(takes);
    for (uint64_t i = 0; i < WORKERS; i++) {
        workers[i] = fork();
        ensure(workers[i] >= 0);
        if (workers[i] == 0)
            work(takes, scratch.path, seed, images, i, sums);
    }
    for (size_t i = 0; i < WORKERS; i++)
        ensure(waitpid(workers[i], &status, 0) == workers[i] && status == 0);
    print_sums(sums);
    functions_stop(functions);
    assert_int_equal(sums->opened, images + sums->served);
    assert_int_equal(sums->failed, 0);
    scratch_deinit(&scratch);
}

/* ---- one image again */

static void find_kept(struct take *take, const char *kept)
{
    take->name = strrchr(kept, '/') + 1;
    take->functions = functions_start();
    snprintf(take->path, sizeof take->path, "%s/recording", kept);
    read_all(take);
    for (size_t i = take->recording.acts; i < take->recording.count; i++)
        if (take->recording.items[i].kind == RECORD_SEED)
            take->seed = take->recording.items[i].number;
}

static int open_kept(const char *kept)
{
    struct take take = { 0 };
    struct image image = { .take = &take,
                           .wish = { .at = told_number("CUT", 0), .draw = told_number("DRAW", 0) },
                           .is_served = told_number("SERVED", 0) != 0 };
    struct cut_losses losses;
    char folder[SCRATCH_PATH_MAX];

    find_kept(&take, kept);
    snprintf(folder, sizeof folder, "%s/image", kept);
    folder_remove(folder);
    ensure(mkdir(folder, 0700) == 0);
    cut_make(&take.recording, &image.wish, folder, &losses);
    fprintf(stderr, "the image is in %s\n", folder);
    open_image(&image, folder, "/dev/stderr");
    return 1;
}

/* In memory if there is such a place; by the one name that the recorder knows it by. */
static void choose_place(void)
{
    const char *told = getenv("TMPDIR");
    char *place = realpath(told ? told : access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp", NULL);

    ensure(place && setenv("TMPDIR", place, 1) == 0);
    free(place);
}

int main(int count, char **arguments)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_power_cuts) };
    const char *kept = getenv("KEPT");

    signal(SIGPIPE, SIG_IGN);
    if (count == 7)
        return made_live(arguments[2], arguments[3], strtoull(arguments[4], NULL, 10),
                         strtoull(arguments[5], NULL, 10), strcmp(arguments[6], "close") == 0);
    if (readlink("/proc/self/exe", own_path, sizeof own_path - 1) <= 0)
        return 1;
    choose_place();
    return kept ? open_kept(kept) : cmocka_run_group_tests(tests, NULL, NULL);
}
