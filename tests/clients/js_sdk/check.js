// What the tests share: the client, and checks that are a line "ok" or "not ok" each.
import { SWF } from "@aws-sdk/client-swf";

export const endpoint = process.argv[2];
export const swf = new SWF({ endpoint, region: "eu-west-1", maxAttempts: 1 }); // any region is accepted

export async function check(what, body) {
    try {
        await body();
        console.log(`ok ${what}`);
    } catch (error) {
        console.log(`not ok ${what}\n${error.stack}`);
    }
}
