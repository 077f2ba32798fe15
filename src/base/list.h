/*
 * list - a doubly linked ring through nodes that lie inside their objects. Oldest first when filled
 * with list_append.
 */
#ifndef BASE_LIST_H
#define BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct list {
    struct list *next;
    struct list *prev;
};

/* An empty list head, or a node that is in no list. */
static inline void list_init(struct list *node)
{
    node->next = node;
    node->prev = node;
}
static inline bool list_is_empty(const struct list *head)
{
    return head->next == head;
}
static inline void list_append(struct list *head, struct list *node)
{
    node->prev = head->prev;
    node->next = head;
    head->prev->next = node;
    head->prev = node;
}
/* Takes the node out of whatever list it is in; it is then in none. Doing it again is harmless:
 * a node in no list is a list of its own. */
static inline void list_remove(struct list *node)
{
    node->prev->next = node->next;
    node->next->prev = node->prev;
    list_init(node);
}
/* The first node, or NULL. */
static inline struct list *list_first(const struct list *head)
{
    return list_is_empty(head) ? NULL : head->next;
}
/* The node after `node`, or NULL at the end. */
static inline struct list *list_next(const struct list *head, const struct list *node)
{
    return node->next == head ? NULL : node->next;
}

#endif
