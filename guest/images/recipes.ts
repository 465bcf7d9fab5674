import type { GuestName } from './catalogue';
import { grub } from './grub';
import { linux } from './linux/recipe';
import type { Recipe } from './recipe';
import { seabios } from './seabios';

/** The recipe of each guest in the catalogue. */
export const RECIPES: Readonly<Record<GuestName, Recipe>> = { seabios, grub, linux };
