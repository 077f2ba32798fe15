// A call that is throttled is made again by the SDK until it comes through, and says how often it was made.
//
// Wants a server that enforces SWF's rates.
import assert from "node:assert/strict";
import { check, client, swf } from "./check.js";

const patient = client({ maxAttempts: 20 });
const list = { registrationStatus: "REGISTERED" };

// Calls until the bucket is empty.
async function drain() {
    for (;;) {
        try {
            await swf.listDomains(list);
        } catch (error) {
            return error;
        }
    }
}

await check("ThrottlingException", async () => {
    const error = await drain();
    assert.equal(error.name, "ThrottlingException");
    assert.equal(error.message, "Rate exceeded");
    assert.equal(error.$metadata.httpStatusCode, 400);
    assert.equal(error.$metadata.attempts, 1);
});

// On a busy machine the bucket may have a token again before the patient client asks: then once more.
await check("retries", async () => {
    for (;;) {
        await drain();
        const { $metadata } = await patient.listDomains(list);
        assert.equal($metadata.httpStatusCode, 200);
        if ($metadata.attempts === 1) continue;
        assert.ok($metadata.totalRetryDelay > 0);
        break;
    }
});
