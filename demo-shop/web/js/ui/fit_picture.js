// A picture as the shop takes it: small enough. Photographs of a telephone are scaled down here, before they travel.

const KINDS = new Set(['image/png', 'image/jpeg', 'image/webp']);
const SIDES = [1200, 900, 600, 400];
const QUALITIES = [0.86, 0.7];

// A Blob of at most `most` bytes with its type; one that fits stays as it is. Throws for what is no picture.
export async function fitPicture(file, most) {
  if (!KINDS.has(file.type)) throw new Error('no picture');
  const image = await createImageBitmap(file);
  if (file.size <= most) return file;
  for (const side of SIDES) {
    const scale = Math.min(1, side / Math.max(image.width, image.height));
    const canvas = document.createElement('canvas');
    canvas.width = Math.max(1, Math.round(image.width * scale));
    canvas.height = Math.max(1, Math.round(image.height * scale));
    const brush = canvas.getContext('2d');
    brush.fillStyle = '#ffffff'; // behind what was transparent: JPEG has no such thing
    brush.fillRect(0, 0, canvas.width, canvas.height);
    brush.drawImage(image, 0, 0, canvas.width, canvas.height);
    for (const quality of QUALITIES) {
      const blob = await new Promise((resolve) => {
        canvas.toBlob(resolve, 'image/jpeg', quality);
      });
      if (blob && blob.size <= most) return blob;
    }
  }
  throw new Error('no picture');
}
