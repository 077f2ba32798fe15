/*
 * A treap: ordered by key from left to right, and no node has a higher priority than its parent.
 * Priorities are a counter under the key of the process's hashes, so the depth is logarithmic
 * whatever the order of insertion, and the same on every run with the same key. Who knew them could
 * choose names whose tree is a list.
 */
#include "base/tree.h"

#include "base/ensure.h"
#include "base/hash.h"

/* The pointer that leads to `node`: its parent's or the root. */
static struct tree_node **link_to(struct tree *tree, const struct tree_node *node)
{
    if (!node->parent)
        return &tree->root;
    return node->parent->left == node ? &node->parent->left : &node->parent->right;
}

/* Hangs `child` (or NULL) where `*link` was, below `parent`. */
static void hang(struct tree_node **link, struct tree_node *child, struct tree_node *parent)
{
    *link = child;
    if (child)
        child->parent = parent;
}

/* Lets `node` change places with its parent; the order from left to right stays. */
static void rotate_up(struct tree *tree, struct tree_node *node)
{
    struct tree_node *parent = node->parent;
    struct tree_node **above = link_to(tree, parent);
    struct tree_node *grandparent = parent->parent;

    if (parent->left == node) {
        hang(&parent->left, node->right, parent);
        hang(&node->right, parent, node);
    } else {
        hang(&parent->right, node->left, parent);
        hang(&node->left, parent, node);
    }
    hang(above, node, grandparent);
}

struct tree_node *tree_find(const struct tree *tree, const void *key, tree_compare_fn *compare)
{
    struct tree_node *node = tree->root;

    while (node) {
        int order = compare(key, node);
        if (order == 0)
            return node;
        node = order < 0 ? node->left : node->right;
    }
    return NULL;
}

struct tree_node *tree_at_or_after(const struct tree *tree, const void *key,
                                   tree_compare_fn *compare)
{
    struct tree_node *node = tree->root;
    struct tree_node *best = NULL;

    while (node) {
        int order = compare(key, node);
        if (order == 0)
            return node;
        if (order < 0)
            best = node;
        node = order < 0 ? node->left : node->right;
    }
    return best;
}

struct tree_node *tree_at_or_before(const struct tree *tree, const void *key,
                                    tree_compare_fn *compare)
{
    struct tree_node *node = tree->root;
    struct tree_node *best = NULL;

    while (node) {
        int order = compare(key, node);
        if (order == 0)
            return node;
        if (order > 0)
            best = node;
        node = order < 0 ? node->left : node->right;
    }
    return best;
}

void tree_add(struct tree *tree, struct tree_node *node, const void *key, tree_compare_fn *compare)
{
    struct tree_node *parent = NULL;
    struct tree_node **link = &tree->root;

    while (*link) {
        parent = *link;
        int order = compare(key, parent);
        ensure(order != 0);
        link = order < 0 ? &parent->left : &parent->right;
    }
    *node = (struct tree_node){ .parent = parent,
                                .priority = (uint32_t)hash_u64(++tree->sequence) };
    *link = node;
    tree->count++;
    while (node->parent && node->parent->priority < node->priority)
        rotate_up(tree, node);
}

void tree_remove(struct tree *tree, struct tree_node *node)
{
    ensure(tree->count > 0);
    while (node->left && node->right)
        rotate_up(tree, node->left->priority > node->right->priority ? node->left : node->right);
    hang(link_to(tree, node), node->left ? node->left : node->right, node->parent);
    *node = (struct tree_node){ 0 };
    tree->count--;
}

static struct tree_node *leftmost(struct tree_node *node)
{
    while (node && node->left)
        node = node->left;
    return node;
}

static struct tree_node *rightmost(struct tree_node *node)
{
    while (node && node->right)
        node = node->right;
    return node;
}

struct tree_node *tree_first(const struct tree *tree)
{
    return leftmost(tree->root);
}

struct tree_node *tree_last(const struct tree *tree)
{
    return rightmost(tree->root);
}

struct tree_node *tree_next(const struct tree_node *node)
{
    if (node->right)
        return leftmost(node->right);
    while (node->parent && node->parent->right == node)
        node = node->parent;
    return node->parent;
}

struct tree_node *tree_prev(const struct tree_node *node)
{
    if (node->left)
        return rightmost(node->left);
    while (node->parent && node->parent->left == node)
        node = node->parent;
    return node->parent;
}
