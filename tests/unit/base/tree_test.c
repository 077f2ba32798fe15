#include "base/tree.h"

#include "base/hash.h"
#include "base/heap.h" /* object_of */
#include "base/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Keys are even numbers below 2 * ITEMS, so that there is a place between any two. */
#define ITEMS 300

struct item {
    int key;
    bool inside; /* the model: what should be in the tree */
    struct tree_node node;
};

static struct item items[ITEMS];

static void reset_items(void)
{
    for (int i = 0; i < ITEMS; i++)
        items[i] = (struct item){ .key = 2 * i };
}

static int item_compare(const void *key, const struct tree_node *node)
{
    return *(const int *)key - object_of(node, struct item, node)->key;
}

/* The nearest item inside at or after `key`, or NULL. */
static struct tree_node *naive_after(int key)
{
    for (int i = 0; i < ITEMS; i++)
        if (items[i].inside && items[i].key >= key)
            return &items[i].node;
    return NULL;
}

static struct tree_node *naive_before(int key)
{
    for (int i = ITEMS - 1; i >= 0; i--)
        if (items[i].inside && items[i].key <= key)
            return &items[i].node;
    return NULL;
}

static void check_searches(const struct tree *tree, int key)
{
    struct tree_node *exact = NULL;

    if (key >= 0 && key < 2 * ITEMS && key % 2 == 0 && items[key / 2].inside)
        exact = &items[key / 2].node;
    assert_ptr_equal(tree_find(tree, &key, item_compare), exact);
    assert_ptr_equal(tree_at_or_after(tree, &key, item_compare), naive_after(key));
    assert_ptr_equal(tree_at_or_before(tree, &key, item_compare), naive_before(key));
}

static void check_walks(const struct tree *tree)
{
    struct tree_node *node = tree_first(tree);
    struct tree_node *last = NULL;
    size_t inside = 0;

    for (int i = 0; i < ITEMS; i++) {
        if (!items[i].inside)
            continue;
        assert_ptr_equal(node, &items[i].node);
        assert_ptr_equal(tree_prev(node), last);
        last = node;
        node = tree_next(node);
        inside++;
    }
    assert_null(node);
    assert_ptr_equal(tree_last(tree), last);
    assert_int_equal(tree->count, inside);
}

/* Returns the height; checks the links and that no node outranks its parent. */
static int check_shape(const struct tree_node *node)
{
    if (!node)
        return 0;
    const struct tree_node *children[] = { node->left, node->right };
    int height = 0;
    for (int i = 0; i < 2; i++) {
        if (!children[i])
            continue;
        assert_ptr_equal(children[i]->parent, node);
        assert_true(children[i]->priority <= node->priority);
        int below = check_shape(children[i]);
        height = below > height ? below : height;
    }
    return height + 1;
}

static void toggle(struct tree *tree, struct item *item)
{
    if (item->inside)
        tree_remove(tree, &item->node);
    else
        tree_add(tree, &item->node, &item->key, item_compare);
    item->inside = !item->inside;
}

static void agrees_with_a_naive_model(void **state)
{
    struct random_sequence random = { 5 };
    struct tree tree = { 0 };

    (void)state;
    reset_items();
    for (int step = 0; step < 20000; step++) {
        toggle(&tree, &items[random_below(&random, ITEMS)]);
        check_searches(&tree, (int)random_below(&random, 2 * ITEMS + 2) - 1);
        if (step % 50 == 0) {
            check_walks(&tree);
            check_shape(tree.root);
        }
    }
    for (int i = 0; i < ITEMS; i++)
        if (items[i].inside)
            toggle(&tree, &items[i]);
    assert_null(tree.root);
    assert_int_equal(tree.count, 0);
}

static void stays_flat_when_filled_in_order(void **state)
{
    struct tree tree = { 0 };

    (void)state;
    reset_items();
    for (int i = 0; i < ITEMS; i++)
        toggle(&tree, &items[i]);
    check_walks(&tree);
    int height = check_shape(tree.root);
    assert_true(height >= 9);  /* 300 nodes do not fit into fewer levels */
    assert_true(height <= 30); /* the same on every run */
}

/* The place of its priority among all of them. */
static int rank_of(const uint32_t *priorities, int i)
{
    int rank = 0;

    for (int j = 0; j < ITEMS; j++)
        rank += priorities[j] < priorities[i];
    return rank;
}

/* Fills a tree in this order of items and takes them out again; returns how high it was. */
static int height_of(const int *order, uint32_t *priorities)
{
    struct tree tree = { 0 };
    int height;

    reset_items();
    for (int i = 0; i < ITEMS; i++)
        toggle(&tree, &items[order[i]]);
    check_walks(&tree);
    height = check_shape(tree.root);
    for (int i = 0; i < ITEMS; i++) {
        priorities[i] = items[order[i]].node.priority;
        toggle(&tree, &items[order[i]]);
    }
    return height;
}

/* Keys in the order of the priorities that they will get make a list; one has to know these. */
static void stays_flat_for_who_does_not_know_the_key(void **state)
{
    static const uint8_t zero_key[16], other_key[16] = "nobody knows it";
    uint32_t priorities[ITEMS], others[ITEMS];
    int order[ITEMS];

    (void)state;
    for (int i = 0; i < ITEMS; i++)
        order[i] = i;
    height_of(order, priorities);
    for (int i = 0; i < ITEMS; i++)
        order[i] = rank_of(priorities, i);
    assert_int_equal(height_of(order, others), ITEMS);
    hash_set_key(other_key);
    int height = height_of(order, others);
    hash_set_key(zero_key);
    assert_true(height >= 9 && height <= 30);
}

static void an_empty_tree_has_nothing(void **state)
{
    struct tree tree = { 0 };
    int key = 1;

    (void)state;
    assert_null(tree_first(&tree));
    assert_null(tree_last(&tree));
    assert_null(tree_find(&tree, &key, item_compare));
    assert_null(tree_at_or_after(&tree, &key, item_compare));
    assert_null(tree_at_or_before(&tree, &key, item_compare));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_a_naive_model),
        cmocka_unit_test(stays_flat_when_filled_in_order),
        cmocka_unit_test(stays_flat_for_who_does_not_know_the_key),
        cmocka_unit_test(an_empty_tree_has_nothing),
    };
    return cmocka_run_group_tests_name("tree", tests, NULL, NULL);
}
