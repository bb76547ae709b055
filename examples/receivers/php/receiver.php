<?php
// WEBHOOK_SECRETS=whsec_… php -S 127.0.0.1:8090 receiver.php, and beside it: php worker.php
declare(strict_types=1);

const MOST_BYTES = 1048576;
const MOST_SECONDS_APART = 300;

/** A file for each message is both the memory of what was seen and a queue that outlives the process. */
$inbox = getenv('INBOX') ?: __DIR__ . '/inbox';

function header_of(string $name): string
{
    return $_SERVER['HTTP_' . strtoupper(strtr($name, '-', '_'))] ?? '';
}

/** By Standard Webhooks: https://www.standardwebhooks.com */
function is_verified(string $body, string $id, string $timestamp, string $signatures): bool
{
    if ($id === '' || !ctype_digit($timestamp) || abs(time() - (int) $timestamp) > MOST_SECONDS_APART) {
        return false;
    }
    // More than one secret while one is rotated, newest first.
    foreach (explode(' ', (string) getenv('WEBHOOK_SECRETS')) as $secret) {
        $key = base64_decode(preg_replace('/^whsec_/', '', $secret));
        // Over the bytes as they came: a body that was parsed and written again has another signature.
        $expected = 'v1,' . base64_encode(hash_hmac('sha256', "$id.$timestamp.$body", $key, true));
        foreach (explode(' ', $signatures) as $signature) {
            if (hash_equals($expected, $signature)) {
                return true;
            }
        }
    }
    return false;
}

function take(string $inbox): int
{
    $body = (string) file_get_contents('php://input', length: MOST_BYTES + 1);
    if (strlen($body) > MOST_BYTES) {
        return 413;
    }
    $id = header_of('webhook-id');
    if (!is_verified($body, $id, header_of('webhook-timestamp'), header_of('webhook-signature'))) {
        return 401;
    }
    $event = json_decode($body, true);
    if (!is_string($event['type'] ?? null)) {
        return 400;
    }
    $name = $inbox . '/' . hash('sha256', $id);
    $draft = tempnam($inbox, '.draft-');
    file_put_contents($draft, json_encode(['id' => $id, 'event' => $event]));
    // Fails where there is one already: two deliveries at once leave one file.
    @link($draft, "$name.json");
    unlink($draft);
    return 204;
}

if (!is_dir($inbox)) {
    mkdir($inbox, 0700, true);
}
http_response_code(take($inbox));
