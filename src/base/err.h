/*
 * err - the failures that the world may answer with; a caller's own mistake is a fault
 * (model/fault.h) instead.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

enum err {
    OK = 0,
    ERR_NOT_FOUND, /* no such key, file or entry */
    ERR_IO,        /* the device or the network said no */
    ERR_NO_SPACE,  /* the device is full */
    ERR_BUSY,      /* held by somebody else: a locked folder, a port in use */
    ERR_CORRUPT,   /* bytes that no version of ours wrote */
    ERR_NEWER,     /* bytes of a format newer than this program */
    ERR_INVALID,   /* text that does not parse */
    ERR_TOO_LARGE, /* over a stated maximum */
};

/* A short lower-case text for the log ("no space left"); static memory. */
const char *err_text(enum err err);

#endif
