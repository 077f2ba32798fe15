// What the tests share: which SDK, its client, and checks that are a line "ok" or "not ok" each.
//
// usage of all: node TEST.js ENDPOINT PACKAGE
export const [endpoint, packageName] = process.argv.slice(2);
export const sdk = await import(packageName);

export function client(more) {
    return new sdk.SWF({ endpoint, region: "eu-west-1", maxAttempts: 1, ...more }); // any region is accepted
}

export const swf = client();

export async function check(what, body) {
    try {
        await body();
        console.log(`ok ${what}`);
    } catch (error) {
        console.log(`not ok ${what}\n${error.stack}`);
    }
}
