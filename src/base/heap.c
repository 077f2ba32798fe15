/*
 * A binary heap in an array: no node comes before its parent, and the parent of index i lies at
 * (i - 1) / 2. A node's `place` is its index plus one.
 */
#include "base/heap.h"

#include "base/ensure.h"
#include "base/memory.h"

#define CAPACITY_MIN 16

static void put(struct heap *heap, uint32_t index, struct heap_node *node)
{
    heap->nodes[index] = node;
    node->place = index + 1;
}

/* Moves `node` from `index` towards the root, past all that it comes before. */
static void sift_up(struct heap *heap, uint32_t index, struct heap_node *node)
{
    while (index > 0) {
        uint32_t parent = (index - 1) / 2;
        if (!heap->before(node, heap->nodes[parent]))
            break;
        put(heap, index, heap->nodes[parent]);
        index = parent;
    }
    put(heap, index, node);
}

/* Moves `node` from `index` towards the leaves, below all that come before it. */
static void sift_down(struct heap *heap, uint32_t index, struct heap_node *node)
{
    while (index < heap->count / 2) {
        uint32_t child = 2 * index + 1;
        if (child + 1 < heap->count && heap->before(heap->nodes[child + 1], heap->nodes[child]))
            child++;
        if (!heap->before(heap->nodes[child], node))
            break;
        put(heap, index, heap->nodes[child]);
        index = child;
    }
    put(heap, index, node);
}

static void settle(struct heap *heap, uint32_t index, struct heap_node *node)
{
    if (index > 0 && heap->before(node, heap->nodes[(index - 1) / 2]))
        sift_up(heap, index, node);
    else
        sift_down(heap, index, node);
}

void heap_init(struct heap *heap, heap_before_fn *before)
{
    *heap = (struct heap){ .before = before };
}

void heap_deinit(struct heap *heap)
{
    memory_free(heap->nodes);
    heap_init(heap, heap->before);
}

struct heap_node *heap_first(const struct heap *heap)
{
    return heap->count > 0 ? heap->nodes[0] : NULL;
}

void heap_add(struct heap *heap, struct heap_node *node)
{
    ensure(!heap_has(node));
    if (heap->count == heap->capacity) {
        ensure(heap->capacity <= UINT32_MAX / 4);
        heap->capacity = heap->capacity ? heap->capacity * 2 : CAPACITY_MIN;
        heap->nodes = memory_resize(heap->nodes, heap->capacity * sizeof(*heap->nodes));
    }
    heap->count++;
    sift_up(heap, heap->count - 1, node);
}

void heap_remove(struct heap *heap, struct heap_node *node)
{
    if (!heap_has(node))
        return;
    uint32_t index = node->place - 1;
    ensure(index < heap->count && heap->nodes[index] == node);

    struct heap_node *last = heap->nodes[--heap->count];
    if (last != node)
        settle(heap, index, last);
    node->place = 0;
}

void heap_update(struct heap *heap, struct heap_node *node)
{
    ensure(heap_has(node));
    uint32_t index = node->place - 1;
    ensure(index < heap->count && heap->nodes[index] == node);
    settle(heap, index, node);
}
