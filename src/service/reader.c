#include "service/reader.h"
#include "base/ensure.h"
#include "base/heap.h"
#include "base/memory.h"
#include <pthread.h>

struct reader_thread {
    struct reader reader;
    struct mailbox jobs;
    pthread_t thread;
    _Atomic bool stopping;
};

struct reader_pool {
    struct reader here; /* for pools without threads */
    struct reader_thread *threads;
    int count;
    int next; /* in turn */
};

static void reader_init(struct reader *reader, struct store *store,
                        const uint8_t key[SERVER_KEY_BYTES], uint32_t page_token_seconds)
{
    *reader = (struct reader){
        .store = store,
        .json = json_reader_new(),
        .sealer = token_sealer_new(key),
        .page_token_seconds = page_token_seconds,
    };
}

static void reader_deinit(struct reader *reader)
{
    json_reader_free(reader->json);
    token_sealer_free(reader->sealer);
}

static void do_job(struct reader *reader, struct read_job *job)
{
    struct call *call = job->call; /* the job lies in the call: it is gone once that is answered */

    job->read(reader, job);
    call->on_answer(call);
}

static void *run(void *context)
{
    struct reader_thread *thread = context;

    for (;;) {
        bool stopping = atomic_load(
            &thread->stopping); /* looked at first: what was posted before is still done */
        struct mail *mail = stopping ? mailbox_take(&thread->jobs)
                                     : mailbox_wait(&thread->jobs, (struct duration){ -1 });

        if (mail == NULL && stopping)
            return NULL;
        while (mail) {
            struct read_job *job = object_of(mail, struct read_job, mail);

            mail = mail->next;
            do_job(&thread->reader, job);
        }
    }
}

struct reader_pool *reader_pool_new(struct store *store, const uint8_t key[SERVER_KEY_BYTES],
                                    int threads, uint32_t page_token_seconds)
{
    struct reader_pool *pool = memory_new(sizeof(*pool));

    reader_init(&pool->here, store, key, page_token_seconds);
    pool->count = threads;
    if (threads == 0)
        return pool;
    pool->threads = memory_new(sizeof(*pool->threads) * (size_t)threads);
    for (int i = 0; i < threads; i++) {
        struct reader_thread *thread = &pool->threads[i];

        reader_init(&thread->reader, store, key, page_token_seconds);
        mailbox_init(&thread->jobs, NULL, NULL);
        ensure(pthread_create(&thread->thread, NULL, run, thread) == 0);
    }
    return pool;
}

void reader_pool_free(struct reader_pool *pool)
{
    for (int i = 0; i < pool->count; i++) {
        struct reader_thread *thread = &pool->threads[i];

        atomic_store(&thread->stopping, true);
        mailbox_poke(&thread->jobs);
        pthread_join(thread->thread, NULL);
        mailbox_deinit(&thread->jobs);
        reader_deinit(&thread->reader);
    }
    memory_free(pool->threads);
    reader_deinit(&pool->here);
    memory_free(pool);
}

void reader_pool_post(struct reader_pool *pool, struct read_job *job)
{
    if (pool->count == 0) {
        do_job(&pool->here, job);
        return;
    }
    mailbox_post(&pool->threads[pool->next].jobs, &job->mail);
    pool->next = (pool->next + 1) % pool->count;
}
