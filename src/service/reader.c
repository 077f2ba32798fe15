#include "service/reader.h"
#include "base/ensure.h"
#include "base/heap.h"
#include "base/memory.h"
#include <pthread.h>
#include <unistd.h>

/* Who asks for a long page can wait a little; those who ask for little should not wait for him. */
#define NICE_OF_SLOW 10

struct reader_thread {
    struct reader reader;
    struct mailbox jobs;
    pthread_t thread;
    int nice; /* how far behind others it stands in the queue for a processor */
    _Atomic bool stopping;
};

struct crew {
    struct reader_thread *threads;
    int next; /* in turn */
};

struct reader_pool {
    struct reader here; /* for pools without threads */
    struct crew quick, slow;
    int count; /* of each crew */
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

    (void)!nice(thread->nice); /* in Linux: of this thread alone */
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

static void crew_init(struct crew *crew, struct store *store, const uint8_t key[SERVER_KEY_BYTES],
                      int threads, int nice, uint32_t page_token_seconds)
{
    crew->threads = memory_new(sizeof(*crew->threads) * (size_t)threads);
    for (int i = 0; i < threads; i++) {
        struct reader_thread *thread = &crew->threads[i];

        reader_init(&thread->reader, store, key, page_token_seconds);
        mailbox_init(&thread->jobs, NULL, NULL);
        thread->nice = nice;
        ensure(pthread_create(&thread->thread, NULL, run, thread) == 0);
    }
}

static void crew_deinit(struct crew *crew, int threads)
{
    for (int i = 0; i < threads; i++) {
        struct reader_thread *thread = &crew->threads[i];

        atomic_store(&thread->stopping, true);
        mailbox_poke(&thread->jobs);
        pthread_join(thread->thread, NULL);
        mailbox_deinit(&thread->jobs);
        reader_deinit(&thread->reader);
    }
    memory_free(crew->threads);
}

struct reader_pool *reader_pool_new(struct store *store, const uint8_t key[SERVER_KEY_BYTES],
                                    int threads, uint32_t page_token_seconds)
{
    struct reader_pool *pool = memory_new(sizeof(*pool));

    reader_init(&pool->here, store, key, page_token_seconds);
    pool->count = threads;
    if (threads == 0)
        return pool;
    crew_init(&pool->quick, store, key, threads, 0, page_token_seconds);
    crew_init(&pool->slow, store, key, threads, NICE_OF_SLOW, page_token_seconds);
    return pool;
}

void reader_pool_stop(struct reader_pool *pool)
{
    if (pool->count == 0)
        return;
    crew_deinit(&pool->quick, pool->count);
    crew_deinit(&pool->slow, pool->count);
    pool->count = 0;
}

void reader_pool_free(struct reader_pool *pool)
{
    reader_pool_stop(pool);
    reader_deinit(&pool->here);
    memory_free(pool);
}

void reader_pool_post(struct reader_pool *pool, struct read_job *job)
{
    struct crew *crew = job->is_long ? &pool->slow : &pool->quick;

    if (pool->count == 0) {
        do_job(&pool->here, job);
        return;
    }
    mailbox_post(&crew->threads[crew->next].jobs, &job->mail);
    crew->next = (crew->next + 1) % pool->count;
}
