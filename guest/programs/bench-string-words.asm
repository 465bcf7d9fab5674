; Copies as many bytes of the initial RAM disk as the parameter says to 1 MiB by one REP INSW.

%include "include/rom.inc"

        parameter 104857600

%define ELEMENT_SHIFT 1
%define INPUT insw
%include "include/string-input.inc"
