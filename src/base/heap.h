/*
 * heap - a priority queue of nodes that lie inside the objects they order.
 *
 * The order is the caller's and must be total: two nodes never compare equal, so that what comes
 * first is the same on every run. A node knows its place, so removal and re-ordering cost O(log n).
 */
#ifndef BASE_HEAP_H
#define BASE_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct heap_node {
    uint32_t place; /* 1 + index in the heap; 0: not in a heap */
};

/* Does a come before b? */
typedef bool heap_before_fn(const struct heap_node *a, const struct heap_node *b);

struct heap {
    struct heap_node **nodes;
    uint32_t count;
    uint32_t capacity;
    heap_before_fn *before;
};

void heap_init(struct heap *heap, heap_before_fn *before);
/* Gives its memory back; nodes left inside are forgotten. */
void heap_deinit(struct heap *heap);

static inline bool heap_has(const struct heap_node *node)
{
    return node->place != 0;
}
static inline bool heap_is_empty(const struct heap *heap)
{
    return heap->count == 0;
}

/* The first node, or NULL. */
struct heap_node *heap_first(const struct heap *heap);
void heap_add(struct heap *heap, struct heap_node *node);
/* Takes the node out; nothing happens when it is in no heap. */
void heap_remove(struct heap *heap, struct heap_node *node);
/* Call after the node's key changed. The node must be in the heap. */
void heap_update(struct heap *heap, struct heap_node *node);

/* The object of type `type` that holds `node` as its member `member`. */
#define object_of(node, type, member) ((type *)(void *)((char *)(node)-offsetof(type, member)))

#endif
