#include "base/spelling.h"

#include "base/ascii.h"

#define NAME_MAX_COMPARED 64

size_t spelling_distance(struct bytes a, struct bytes b)
{
    size_t row[NAME_MAX_COMPARED + 1];

    if (a.len > NAME_MAX_COMPARED || b.len > NAME_MAX_COMPARED)
        return NAME_MAX_COMPARED;
    for (size_t j = 0; j <= b.len; j++)
        row[j] = j;
    for (size_t i = 0; i < a.len; i++) {
        size_t diagonal = row[0];
        row[0] = i + 1;
        for (size_t j = 0; j < b.len; j++) {
            size_t changed = diagonal + (ascii_lower(a.ptr[i]) != ascii_lower(b.ptr[j]));
            size_t shorter = 1 + (row[j] < row[j + 1] ? row[j] : row[j + 1]);
            diagonal = row[j + 1];
            row[j + 1] = changed < shorter ? changed : shorter;
        }
    }
    return row[b.len];
}

size_t spelling_nearest(struct bytes name, const char *const *names, size_t count)
{
    size_t best = SPELLING_FAR, nearest = count;

    for (size_t i = 0; i < count; i++) {
        size_t distance = spelling_distance(name, bytes_of_cstr(names[i]));
        if (distance < best) {
            best = distance;
            nearest = i;
        }
    }
    return nearest;
}
