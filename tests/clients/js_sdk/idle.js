// Polls that find nothing.
// Wants a server that holds polls for a short time.
import assert from "node:assert/strict";
import { check, swf } from "./check.js";

await check("idle polls", async () => {
    await swf.registerDomain({ name: "idle", workflowExecutionRetentionPeriodInDays: "NONE" });
    const poll = { domain: "idle", taskList: { name: "list" } };
    const [decision, activity] = await Promise.all([swf.pollForDecisionTask(poll), swf.pollForActivityTask(poll)]);
    const { $metadata: _, ...decisionMembers } = decision;
    const { $metadata: __, ...activityMembers } = activity;
    assert.deepEqual(decisionMembers, { startedEventId: 0, previousStartedEventId: 0 });
    assert.deepEqual(activityMembers, { startedEventId: 0 });
});
