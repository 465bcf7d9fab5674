; Copies as many bytes of the initial RAM disk as the parameter says to 1 MiB by one REP INSB.

%include "include/rom.inc"

        parameter 104857600

%define ELEMENT_SHIFT 0
%define INPUT insb
%include "include/string-input.inc"
