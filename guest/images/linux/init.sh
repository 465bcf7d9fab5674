#!/bin/busybox sh
# First program of the initial RAM disk: bring up the disk driver, then hand the serial console to a shell.
/bin/busybox --install -s /bin
export PATH=/bin:/command
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev

# Drivers: the libraries, then the controller that is there. A PCI IDE function (class 0101h) means ata_piix.
insert() {
  while read -r module; do insmod "/modules/$module.ko"; done <"/modules/$1"
}
insert common
if grep -qs '^0x0101' /sys/bus/pci/devices/*/class; then insert pci; else insert isa; fi
insert filesystem

# The bus is scanned in the background.
for attempt in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
  [ -b /dev/sda ] && break
  usleep 100000
done

# poweroff, reboot and halt signal the first program, as they would init.
leave() {
  sync
  umount -a -r 2>/dev/null
  busybox "$1" -f
}
trap 'leave poweroff' USR2
trap 'leave reboot' TERM
trap 'leave halt' USR1

# `run=COMMAND` on the kernel command line (quoted, if it has spaces) runs before the shell. Both run in the background
# because a signal interrupts `wait` and not a program in the foreground.
if [ -n "$run" ]; then
  sh -c "$run" &
  wait $!
fi
echo "Type poweroff to end."
PS1='guest:\w# ' setsid cttyhack sh &
wait $!
leave poweroff
