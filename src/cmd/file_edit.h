/*
 * file_edit - a file that gets a new content, whole or not at all.
 *
 * From begin to end nobody else who edits through here gets at the files of the folder: the folder
 * is locked (flock), so that two editors lose nothing. The new content lies on the disk before it
 * takes the old one's name; whatever fails before that leaves the file as it was. Mode and owner
 * are kept. A link is followed: the file that it leads to is edited, in its own folder.
 *
 * What an editor left behind that was killed is removed by the next. Belongs to one thread.
 */
#ifndef CMD_FILE_EDIT_H
#define CMD_FILE_EDIT_H

#include "base/ensure.h"
#include "base/text.h"
#include <limits.h>
#include <sys/stat.h>

struct file_edit {
    char folder_path[PATH_MAX];
    char name[NAME_MAX + 1];       /* of the file, in the folder */
    char temporary[NAME_MAX + 16]; /* of the new content, until it is complete */
    int folder;                    /* locked */
    bool exists;
    struct stat old; /* of the file, where it exists */
};

/* Finds the file, which may be missing while its folder is there, and waits for the lock. False
 * after one line in `problem`, which begins with the path; then there is nothing to end. */
must_use bool file_edit_begin(struct file_edit *edit, const char *path, struct text *problem);

/* Gives the file this content; a new file is its owner's alone. False after one line in `problem`.
 */
must_use bool file_edit_commit(struct file_edit *edit, struct bytes content, struct text *problem);

void file_edit_end(struct file_edit *edit);

#endif
