<?php
// Works off what receiver.php took in; what it has done stays as an empty file, so that a repeat is known.
declare(strict_types=1);

$inbox = getenv('INBOX') ?: __DIR__ . '/inbox';

while (true) {
    foreach (glob($inbox . '/*.json') ?: [] as $file) {
        if (filesize($file) === 0) {
            continue;
        }
        ['id' => $id, 'event' => $event] = json_decode((string) file_get_contents($file), true);
        echo "worked $id {$event['type']}\n";
        file_put_contents($file, '');
        clearstatcache();
    }
    usleep(100000);
}
