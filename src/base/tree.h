/*
 * tree - an ordered set of nodes that lie inside the objects they order; for what must be walked in
 * order.
 *
 * The order is the caller's and total. Balanced, whoever chooses the keys (a treap with
 * priorities from a counter and the key of `hash`, so every run with that key builds the same
 * tree). The owner keeps the objects.
 */
#ifndef BASE_TREE_H
#define BASE_TREE_H

#include <stddef.h>
#include <stdint.h>

struct tree_node {
    struct tree_node *left, *right, *parent;
    uint32_t priority;
};

/* Negative, zero or positive: where `key` lies with respect to `node`. */
typedef int tree_compare_fn(const void *key, const struct tree_node *node);

struct tree {
    struct tree_node *root;
    size_t count;
    uint32_t sequence; /* source of the priorities */
};

/* A zeroed tree is a valid empty one. */

/* The node that compares equal to `key`, or NULL. */
struct tree_node *tree_find(const struct tree *tree, const void *key, tree_compare_fn *compare);
/* The first node that is at or after `key`, or NULL. */
struct tree_node *tree_at_or_after(const struct tree *tree, const void *key,
                                   tree_compare_fn *compare);
/* The last node that is at or before `key`, or NULL. */
struct tree_node *tree_at_or_before(const struct tree *tree, const void *key,
                                    tree_compare_fn *compare);
/* Adds a node whose key is `key`; no node may compare equal to it. */
void tree_add(struct tree *tree, struct tree_node *node, const void *key, tree_compare_fn *compare);
void tree_remove(struct tree *tree, struct tree_node *node);

struct tree_node *tree_first(const struct tree *tree);
struct tree_node *tree_last(const struct tree *tree);
/* The neighbour in order, or NULL. */
struct tree_node *tree_next(const struct tree_node *node);
struct tree_node *tree_prev(const struct tree_node *node);

#endif
