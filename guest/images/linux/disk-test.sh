#!/bin/busybox sh
# disk-test [MEBIBYTES]: write a file of that size (16) to the first partition, read it back through a cold cache, compare.
# Its output does not depend on timing.
size=${1:-16}
mount -t ext2 /dev/sda1 /mnt || exit 1
echo "disk-test: write $size MiB"
for part in $(seq "$size"); do dd if=/bin/busybox bs=1024 count=1024 2>/dev/null; done >/mnt/disk-test.bin
written=$(md5sum </mnt/disk-test.bin)
sync
umount /mnt
echo 3 >/proc/sys/vm/drop_caches
mount -t ext2 -o ro /dev/sda1 /mnt || exit 1
read=$(md5sum </mnt/disk-test.bin)
umount /mnt
echo "disk-test: md5 $read"
if [ "$written" = "$read" ]; then echo "disk-test: ok"; else echo "disk-test: FAILED, wrote $written"; fi
