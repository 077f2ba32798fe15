/*
 * Runs every kept input through its target, without libFuzzer: whatever it found once stays found.
 *
 *   corpus_test              all of tests/fuzz/corpus
 *   corpus_test NAME FILE... these, through one target
 */
#include "target.h"

#include "base/memory.h"
#include "base/text.h"
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>

#define CORPUS "tests/fuzz/corpus"
#define INPUT_BYTES_MAX ((size_t)16 << 20)

static bool read_input(const char *path, struct text *out)
{
    FILE *file = fopen(path, "re");
    char *room = text_reserve(out, INPUT_BYTES_MAX);

    if (file == NULL)
        return false;
    text_grow(out, fread(room, 1, INPUT_BYTES_MAX, file));
    fclose(file);
    return true;
}

static bool run_file(const struct target *target, const char *path)
{
    struct text input;
    bool ok;

    text_init(&input, INPUT_BYTES_MAX);
    ok = read_input(path, &input);
    if (ok) {
        char *copy = exact_copy(text_bytes(&input)); /* a sanitizer sees what is read behind it */

        target->run(bytes_of(copy, input.len));
        memory_free(copy);
    } else {
        printf("FAIL %s cannot be read\n", path);
    }
    text_deinit(&input);
    return ok;
}

/* A target without inputs would be one that nobody looks at. */
static bool run_folder(const struct target *target, size_t *count)
{
    char pattern[256];
    glob_t found = { 0 };
    bool ok = true;

    snprintf(pattern, sizeof(pattern), CORPUS "/%s/*", target->name);
    if (glob(pattern, 0, NULL, &found) != 0) {
        printf("FAIL there are no inputs in " CORPUS "/%s\n", target->name);
        ok = false;
    }
    for (size_t i = 0; i < found.gl_pathc; i++)
        ok &= run_file(target, found.gl_pathv[i]);
    *count = found.gl_pathc;
    globfree(&found);
    return ok;
}

static int run_all(void)
{
    unsigned passed = 0, failed = 0;

    for (size_t i = 0; targets[i]; i++) {
        size_t count;

        printf("%s\n", targets[i]->name); /* known before it dies */
        fflush(stdout);
        if (run_folder(targets[i], &count))
            passed++;
        else
            failed++;
        printf("  %zu inputs\n", count);
    }
    printf("%u passed, %u failed\n", passed, failed);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
    const struct target *target = argc > 1 ? target_find(argv[1]) : NULL;
    int status = EXIT_SUCCESS;

    if (argc == 1)
        return run_all();
    if (target == NULL) {
        fprintf(stderr, "there is no target '%s'\n", argv[1]);
        return 2;
    }
    for (int i = 2; i < argc; i++) {
        if (!run_file(target, argv[i]))
            status = EXIT_FAILURE;
    }
    return status;
}
