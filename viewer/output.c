/* SPDX-License-Identifier: MIT */
#include "viewer/output.h"

#include <stddef.h>

#include "common/slice.h"

static const struct {
	const char *ending;
	const struct output_type *type;
} types[] = {
	{".mjpg", &output_mjpeg}, {".mjpeg", &output_mjpeg}, {".jpg", &output_jpeg},
	{".jpeg", &output_jpeg},  {".mkv", &output_mux},     {".mp4", &output_mux},
	{".mov", &output_mux},	  {".avi", &output_mux},
};

const struct output_type *output_for(const char *path)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (slice_ends(slice_from(path), types[i].ending))
			return types[i].type;
	return NULL;
}

const char *output_endings(void)
{
	return ".mjpg .jpg .mkv .mp4 .mov .avi";
}
