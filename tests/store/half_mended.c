#include "half_mended.h"
#include "world.h"

#include "store/rocks/journal.h"
#include "store/rocks/relist.h"

void begin_merge(const char *folder, bool each_its_level)
{
    struct journal journal;
    struct relist relist;

    assert_ok(journal_read(folder, &journal));
    assert_ok(relist_look(folder, &journal, &relist));
    for (size_t i = 0; i < relist.count && each_its_level; i++)
        relist.tables[i].level = i + 1;
    assert_ok(relist_write(&relist, folder, &journal));
    assert_ok(journal_write(&journal, folder, JOURNAL_MERGE));
    relist_deinit(&relist);
    journal_deinit(&journal);
}
