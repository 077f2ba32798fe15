#include "base/heap.h"

#include "base/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define ITEMS 200

struct item {
    uint64_t key;
    uint32_t id; /* makes the order total */
    struct heap_node node;
};

static bool item_before(const struct heap_node *a, const struct heap_node *b)
{
    const struct item *x = object_of(a, struct item, node);
    const struct item *y = object_of(b, struct item, node);
    return x->key != y->key ? x->key < y->key : x->id < y->id;
}

/* The first by looking at all. */
static struct heap_node *naive_first(struct item *items)
{
    struct heap_node *first = NULL;

    for (int i = 0; i < ITEMS; i++)
        if (heap_has(&items[i].node) && (!first || item_before(&items[i].node, first)))
            first = &items[i].node;
    return first;
}

static void check_places(const struct heap *heap)
{
    for (uint32_t i = 0; i < heap->count; i++) {
        assert_int_equal(heap->nodes[i]->place, i + 1);
        if (i > 0)
            assert_false(item_before(heap->nodes[i], heap->nodes[(i - 1) / 2]));
    }
}

static void change_one(struct heap *heap, struct item *item, struct random_sequence *random)
{
    uint64_t key = random_below(random, 50); /* few keys: ids have to decide often */

    if (!heap_has(&item->node)) {
        item->key = key;
        heap_add(heap, &item->node);
        assert_true(heap_has(&item->node));
    } else if (random_below(random, 2)) {
        item->key = key;
        heap_update(heap, &item->node);
    } else {
        heap_remove(heap, &item->node);
        assert_false(heap_has(&item->node));
    }
}

static void agrees_with_a_naive_model(void **state)
{
    struct random_sequence random = { 3 };
    struct item items[ITEMS] = { 0 };
    struct heap heap;

    (void)state;
    heap_init(&heap, item_before);
    for (uint32_t i = 0; i < ITEMS; i++)
        items[i].id = i;
    for (int step = 0; step < 20000; step++) {
        change_one(&heap, &items[random_below(&random, ITEMS)], &random);
        assert_ptr_equal(heap_first(&heap), naive_first(items));
        if (step % 100 == 0)
            check_places(&heap);
    }
    heap_deinit(&heap);
}

static void comes_out_sorted(void **state)
{
    struct random_sequence random = { 4 };
    struct item items[ITEMS] = { 0 };
    struct heap heap;

    (void)state;
    heap_init(&heap, item_before);
    for (uint32_t i = 0; i < ITEMS; i++) {
        items[i].id = i;
        items[i].key = random_next(&random);
        heap_add(&heap, &items[i].node);
    }
    uint64_t last = 0;
    for (int i = 0; i < ITEMS; i++) {
        struct item *first = object_of(heap_first(&heap), struct item, node);
        assert_true(first->key >= last);
        last = first->key;
        heap_remove(&heap, &first->node);
    }
    assert_true(heap_is_empty(&heap));
    heap_deinit(&heap);
}

static void an_empty_heap_has_no_first(void **state)
{
    struct heap heap;
    struct item item = { 0 };

    (void)state;
    heap_init(&heap, item_before);
    assert_true(heap_is_empty(&heap));
    assert_null(heap_first(&heap));
    heap_remove(&heap, &item.node); /* in no heap: nothing happens */
    heap_add(&heap, &item.node);
    assert_ptr_equal(heap_first(&heap), &item.node);
    heap_remove(&heap, &item.node);
    heap_remove(&heap, &item.node);
    assert_null(heap_first(&heap));
    heap_deinit(&heap);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_a_naive_model),
        cmocka_unit_test(comes_out_sorted),
        cmocka_unit_test(an_empty_heap_has_no_first),
    };
    return cmocka_run_group_tests_name("heap", tests, NULL, NULL);
}
