#include "cmd/columns.h"

#include "base/ensure.h"

#define CELLS_AT_START 64
#define GAP 2

void columns_init(struct columns *columns, struct arena *arena, const char *const *titles)
{
    *columns = (struct columns){ .arena = arena };
    while (titles[columns->columns])
        columns_add(columns, bytes_of_cstr(titles[columns->columns++]));
    ensure(columns->columns <= COLUMNS_MAX);
}

void columns_add(struct columns *columns, struct bytes cell)
{
    if (columns->count == columns->capacity) {
        size_t capacity = columns->capacity ? 2 * columns->capacity : CELLS_AT_START;
        struct bytes *cells = arena_array(columns->arena, struct bytes, capacity);

        if (columns->count > 0)
            memcpy(cells, columns->cells, columns->count * sizeof(*cells));
        columns->cells = cells;
        columns->capacity = capacity;
    }
    columns->cells[columns->count++] = cell.len > 0 ? cell : BYTES("-");
}

void columns_print(const struct columns *columns, struct text *out)
{
    size_t widths[COLUMNS_MAX] = { 0 };

    for (size_t i = 0; i < columns->count; i++) {
        size_t *width = &widths[i % columns->columns];

        if (columns->cells[i].len > *width)
            *width = columns->cells[i].len;
    }
    for (size_t i = 0; i < columns->count; i++) {
        size_t column = i % columns->columns;
        bool is_last = column + 1 == columns->columns;
        size_t room = is_last ? 0 : widths[column] + GAP - columns->cells[i].len;

        text_printf(out, "%.*s%*s", BYTES_FMT(columns->cells[i]), (int)room, "");
        if (is_last)
            text_append_char(out, '\n');
    }
}
