/* SPDX-License-Identifier: MIT */
/* Writes one JPEG picture again and again to a device of v4l2loopback: feed DEVICE WIDTH HEIGHT
 * FILE */
#include <fcntl.h>
#include <linux/videodev2.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { MAX_SIZE = 1 << 20, INTERVAL_US = 66667 };

static uint8_t picture[MAX_SIZE];

int main(int argc, char *argv[])
{
	struct v4l2_format format = {.type = V4L2_BUF_TYPE_VIDEO_OUTPUT};
	struct v4l2_pix_format *pix = &format.fmt.pix;
	int device = argc == 5 ? open(argv[1], O_RDWR | O_CLOEXEC) : -1;
	int file = argc == 5 ? open(argv[4], O_RDONLY | O_CLOEXEC) : -1;
	ssize_t len;

	if (device < 0 || file < 0 || (len = read(file, picture, sizeof picture)) <= 0)
		return 2;
	pix->width = (uint32_t)strtoul(argv[2], NULL, 10);
	pix->height = (uint32_t)strtoul(argv[3], NULL, 10);
	pix->pixelformat = V4L2_PIX_FMT_MJPEG;
	pix->sizeimage = pix->width * pix->height * 2;
	pix->field = V4L2_FIELD_NONE;
	pix->colorspace = V4L2_COLORSPACE_JPEG;
	if (ioctl(device, VIDIOC_S_FMT, &format) < 0) {
		perror("VIDIOC_S_FMT");
		return 1;
	}
	while (write(device, picture, (size_t)len) == len)
		usleep(INTERVAL_US);
	perror("write");
	return 1;
}
